-- name: building
-- How far the index is that a session builds now. NULL while its rows are sorted.
SELECT relid::regclass::text, (blocks_done::float8 / nullif(blocks_total, 0))
FROM pg_stat_progress_create_index WHERE pid = %(pid)s
