-- name: insert
INSERT INTO quarantine (dump, entity, stream_at, record_id, reason, detail, bytes, run, named_in)
VALUES (%(dump)s, %(entity)s, %(stream_at)s, %(record_id)s, %(reason)s, %(detail)s, %(bytes)s, %(run)s, %(dump)s)
ON CONFLICT (dump, entity, stream_at)
DO UPDATE SET reason = excluded.reason, detail = excluded.detail, bytes = excluded.bytes, run = excluded.run,
    named_in = excluded.named_in

-- name: reject_again
UPDATE quarantine SET reason = %(reason)s, detail = %(detail)s
WHERE entity = %(entity)s AND record_id = %(record_id)s AND stream_at = %(stream_at)s AND named_in = %(dump)s
  AND reason <> 'duplicate-id'

-- name: list
SELECT id, dump, entity, record_id, reason, detail, octet_length(bytes) AS size, run, noticed_at
FROM quarantine ORDER BY id LIMIT %(limit)s

-- name: show
SELECT id, dump, entity, record_id, reason, detail, octet_length(bytes) AS size, run, noticed_at, bytes
FROM quarantine WHERE id = %(id)s

-- name: retryable
-- Of pieces of one record the last counts: what an earlier dump had of it is out of date. A later duplicate in a file
-- stays where it is: the first record of its id is the one that counts.
SELECT id, entity, stream_at, record_id, bytes, q.named_in
FROM quarantine q JOIN unnest(%(entities)s::text[], %(dumps)s::date[]) AS holds (entity, named_in) USING (entity)
WHERE q.named_in = holds.named_in AND record_id IS NOT NULL AND reason <> 'duplicate-id'
  AND (%(id)s::bigint IS NULL OR id = %(id)s)
  AND NOT EXISTS (SELECT FROM quarantine later
                  WHERE later.entity = q.entity AND later.record_id = q.record_id AND later.reason <> 'duplicate-id'
                    AND (later.run, later.id) > (q.run, q.id))
ORDER BY entity, id

-- name: known_ids
SELECT DISTINCT record_id FROM quarantine
WHERE entity = %(entity)s AND record_id IS NOT NULL AND named_in IS DISTINCT FROM %(dump)s

-- name: note_named
UPDATE quarantine SET named_in = %(dump)s WHERE entity = %(entity)s AND record_id = ANY(%(ids)s)

-- name: release
-- Pieces of earlier dumps too: tried again, they would put an older document over this one.
DELETE FROM quarantine
WHERE dump <= %(dump)s AND entity = %(entity)s AND record_id = ANY(%(ids)s) AND reason <> 'duplicate-id'
