-- Whatever is served leaves out what is listed here:
--   NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = r.id)

-- name: add
-- Those that were not listed before.
INSERT INTO suppressed (entity, id, reason, suppressed_by)
SELECT %(entity)s, id, %(reason)s, %(by)s FROM unnest(%(ids)s::bigint[]) AS id
ON CONFLICT (entity, id) DO NOTHING
RETURNING id

-- name: remove
DELETE FROM suppressed WHERE entity = %(entity)s AND id = ANY(%(ids)s) RETURNING id

-- name: page
SELECT entity, id, reason, suppressed_by AS by, suppressed_at AS at FROM suppressed
WHERE (entity, id) > (%(after_entity)s, %(after_id)s) AND (%(entity)s::text IS NULL OR entity = %(entity)s)
ORDER BY entity, id LIMIT %(limit)s

-- name: is_suppressed
SELECT EXISTS (SELECT FROM suppressed WHERE entity = %(entity)s AND id = %(id)s)

-- name: all
SELECT entity, id, reason, suppressed_by, suppressed_at FROM suppressed

-- name: keep
INSERT INTO suppressed (entity, id, reason, suppressed_by, suppressed_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (entity, id) DO NOTHING
