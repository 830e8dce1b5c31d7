-- name: insert
INSERT INTO quarantine (dump, entity, stream_at, record_id, reason, detail, bytes, run)
VALUES (%(dump)s, %(entity)s, %(stream_at)s, %(record_id)s, %(reason)s, %(detail)s, %(bytes)s, %(run)s)
ON CONFLICT (dump, entity, stream_at)
DO UPDATE SET reason = excluded.reason, detail = excluded.detail, bytes = excluded.bytes

-- name: list
SELECT id, dump, entity, record_id, reason, detail, octet_length(bytes) AS size, run, noticed_at
FROM quarantine ORDER BY id LIMIT %(limit)s

-- name: counts
SELECT dump, entity, reason, count(*) AS pieces FROM quarantine GROUP BY dump, entity, reason ORDER BY 1, 2, 3

-- name: show
SELECT id, dump, entity, stream_at, record_id, reason, detail, bytes, run, noticed_at
FROM quarantine WHERE id = %(id)s

-- name: retryable
SELECT id, dump, entity, stream_at, record_id, bytes FROM quarantine
WHERE record_id IS NOT NULL AND reason <> 'duplicate-id' AND (%(id)s::bigint IS NULL OR id = %(id)s)
ORDER BY id

-- name: remove
DELETE FROM quarantine WHERE id = %(id)s
