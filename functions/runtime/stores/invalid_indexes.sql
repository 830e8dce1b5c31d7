-- name: invalid
-- Indexes that no query goes by until they are built anew, with the rows of their tables and what they are made by.
SELECT i.indexrelid::regclass::text AS name, t.relname AS of, greatest(t.reltuples, 0)::float8 AS rows,
       pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE NOT i.indisvalid AND t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'm')
ORDER BY t.reltuples, 1

-- name: more_memory
SELECT set_config('maintenance_work_mem', '256MB', true)

-- name: build
REINDEX INDEX {name}
