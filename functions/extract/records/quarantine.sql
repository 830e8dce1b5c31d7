-- name: insert
-- Of a dump that came again changed, another record may stand where a piece was: then nothing of that stays. Bytes that
-- are not kept now are those that are here if the same run put them there, or the digest says so.
INSERT INTO quarantine (dump, entity, stream_at, record_id, reason, detail, bytes, size, run, named_in)
VALUES (%(dump)s, %(entity)s, %(stream_at)s, %(record_id)s, %(reason)s, %(detail)s, %(bytes)s, %(size)s, %(run)s,
        %(dump)s)
ON CONFLICT (dump, entity, stream_at)
DO UPDATE SET record_id = excluded.record_id, reason = excluded.reason, detail = excluded.detail, size = excluded.size,
    bytes = coalesce(excluded.bytes, CASE WHEN quarantine.size = excluded.size
                                           AND quarantine.record_id IS NOT DISTINCT FROM excluded.record_id
                                           AND (quarantine.run = excluded.run
                                                OR sha256(quarantine.bytes) = %(digest)s::bytea)
                                          THEN quarantine.bytes END),
    run = excluded.run, named_in = excluded.named_in

-- name: reject_known
UPDATE quarantine SET reason = %(reason)s, detail = %(detail)s
WHERE entity = %(entity)s AND record_id = %(record_id)s AND stream_at = %(stream_at)s AND named_in = %(dump)s
  AND reason <> 'duplicate-id'

-- name: kept_by_parts
SELECT coalesce(sum(kept_bytes), 0)::bigint FROM parts WHERE run = %(run)s AND entity = %(entity)s

-- name: kept_by_split
SELECT kept_bytes FROM files WHERE run = %(run)s AND entity = %(entity)s

-- name: known_before
SELECT record_id FROM quarantine
WHERE entity = %(entity)s AND record_id IS NOT NULL AND reason <> 'duplicate-id'
GROUP BY record_id HAVING max(run) < %(run)s

-- name: list
SELECT id, dump, entity, record_id, reason, detail, size, run, noticed_at
FROM quarantine ORDER BY id LIMIT %(limit)s

-- name: show
SELECT id, dump, entity, record_id, reason, detail, size, run, noticed_at, bytes
FROM quarantine WHERE id = %(id)s

-- name: retryable
-- Of pieces of one record the last counts: what an earlier dump had of it is out of date. A later duplicate in a file
-- stays where it is: the first record of its id is the one that counts. Where only the size was kept there is nothing.
-- What no index has is looked for in the newest pieces alone.
SELECT q.id, q.entity, q.stream_at, q.record_id, octet_length(q.bytes) AS size, q.named_in
FROM quarantine q JOIN unnest(%(entities)s::text[], %(dumps)s::date[]) AS holds (entity, named_in)
  ON holds.entity = q.entity AND holds.named_in = q.named_in
WHERE q.record_id IS NOT NULL AND q.reason <> 'duplicate-id' AND q.bytes IS NOT NULL
  AND NOT EXISTS (SELECT FROM quarantine later
                  WHERE later.entity = q.entity AND later.record_id = q.record_id AND later.reason <> 'duplicate-id'
                    AND (later.run, later.id) > (q.run, q.id))
  AND (%(number)s::bigint IS NULL OR q.id = %(number)s)
  AND (%(entity)s::text IS NULL OR q.entity = %(entity)s)
  AND (%(dump)s::date IS NULL OR q.dump = %(dump)s)
  AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
  AND (%(run)s::bigint IS NULL OR q.run = %(run)s)
  AND (%(record)s::bigint IS NULL OR q.record_id = %(record)s)
  AND (%(since)s::timestamptz IS NULL OR q.noticed_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR q.noticed_at < %(until)s)
  AND (%(text)s::text IS NULL OR q.detail ILIKE %(text)s)
  AND (%(among)s::bigint IS NULL OR q.id > coalesce((
      SELECT n.id FROM quarantine n
      WHERE (%(entity)s::text IS NULL OR n.entity = %(entity)s)
        AND (%(dump)s::date IS NULL OR n.dump = %(dump)s)
        AND (%(reason)s::text IS NULL OR n.reason = %(reason)s)
        AND (%(run)s::bigint IS NULL OR n.run = %(run)s)
        AND (%(record)s::bigint IS NULL OR n.record_id = %(record)s)
      ORDER BY n.id DESC OFFSET %(among)s LIMIT 1), 0))

-- name: bytes
SELECT id, bytes FROM quarantine WHERE id = ANY(%(ids)s) AND bytes IS NOT NULL

-- name: count_retryable
-- Of these, those of the newest dump; of very many no more than a limit are looked at, if there is one.
SELECT count(*) FROM (
    SELECT named_in, max(named_in) OVER () AS newest
    FROM (SELECT named_in FROM ({retryable}) AS may LIMIT %(limit)s) AS found
) AS dated
WHERE named_in = newest

-- name: known_ids
SELECT DISTINCT record_id FROM quarantine
WHERE entity = %(entity)s AND record_id IS NOT NULL AND named_in IS DISTINCT FROM %(dump)s

-- name: note_named
UPDATE quarantine SET named_in = %(dump)s WHERE entity = %(entity)s AND record_id = ANY(%(ids)s)

-- name: release
-- Pieces of earlier dumps too: tried again, they would put an older document over this one.
DELETE FROM quarantine
WHERE dump <= %(dump)s AND entity = %(entity)s AND record_id = ANY(%(ids)s) AND reason <> 'duplicate-id'
