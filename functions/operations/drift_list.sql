-- name: list
SELECT id, at, run, substr(kind, 7) AS kind, detail ->> 'entity' AS entity,
       coalesce(detail ->> 'name', detail ->> 'field') AS name, (detail ->> 'times')::bigint AS times,
       (detail ->> 'before')::float8 AS before, (detail ->> 'now')::float8 AS now,
       (detail ->> 'example')::bigint AS example,
       '/api/' || (detail ->> 'entity') || '/' || (detail ->> 'example') AS document
FROM events
WHERE kind = ANY(%(kinds)s::text[])
  AND (%(before)s::bigint IS NULL OR id < %(before)s)
  AND (%(run)s::bigint IS NULL OR run = %(run)s)
  AND (%(entity)s::text IS NULL OR detail ->> 'entity' = %(entity)s)
  AND (%(text)s::text IS NULL OR coalesce(detail ->> 'name', detail ->> 'field') ILIKE %(text)s)
ORDER BY id DESC LIMIT %(limit)s
