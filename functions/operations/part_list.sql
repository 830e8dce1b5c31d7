-- name: list
SELECT run, entity, part, kind, state, died_in, records, quarantined, rows, nodes, edges, attempts, recuts, error, sent_at,
       entity || '.' || lpad(part::text, 9, '0') AS place
FROM parts
WHERE run = %(run)s
  AND (%(after_entity)s::text IS NULL OR (entity, part) > (%(after_entity)s::text, %(after_part)s::integer))
  AND (%(entity)s::text IS NULL OR entity = %(entity)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(waiting)s::text[] IS NULL OR coalesce(died_in, state) = ANY(%(waiting)s::text[]))
  AND (%(text)s::text IS NULL OR error ILIKE %(text)s)
ORDER BY entity, part LIMIT %(limit)s

-- name: last_run
SELECT id FROM runs ORDER BY (state IN ('running', 'paused', 'finishing')) DESC, id DESC LIMIT 1
