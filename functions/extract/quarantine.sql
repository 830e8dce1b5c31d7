-- name: insert
INSERT INTO quarantine (dump, entity, stream_at, record_id, reason, detail, bytes, run)
VALUES (%(dump)s, %(entity)s, %(stream_at)s, %(record_id)s, %(reason)s, %(detail)s, %(bytes)s, %(run)s)
ON CONFLICT (dump, entity, stream_at)
DO UPDATE SET reason = excluded.reason, detail = excluded.detail, bytes = excluded.bytes

-- name: list
SELECT id, dump, entity, record_id, reason, detail, octet_length(bytes) AS size, run, noticed_at
FROM quarantine ORDER BY id LIMIT %(limit)s

-- name: show
SELECT id, dump, entity, record_id, reason, detail, octet_length(bytes) AS size, run, noticed_at, bytes
FROM quarantine WHERE id = %(id)s

-- name: newest
SELECT max(dump) FROM quarantine

-- name: retryable
-- A later duplicate stays where it is: the first record of its id is the one that counts.
SELECT id, entity, stream_at, record_id, bytes FROM quarantine
WHERE dump = %(dump)s AND record_id IS NOT NULL AND reason <> 'duplicate-id'
  AND (%(id)s::bigint IS NULL OR id = %(id)s)
ORDER BY entity, id

-- name: release
-- Pieces of earlier dumps too: tried again, they would put an older document over this one.
DELETE FROM quarantine
WHERE dump <= %(dump)s AND entity = %(entity)s AND record_id = ANY(%(ids)s) AND reason <> 'duplicate-id'
