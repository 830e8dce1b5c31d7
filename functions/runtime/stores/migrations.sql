-- name: lock
SELECT pg_advisory_xact_lock(%(lock)s)

-- name: create_table
CREATE TABLE IF NOT EXISTS migrations (
    name       text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
)

-- name: applied
SELECT name FROM migrations

-- name: note
INSERT INTO migrations (name) VALUES (%(name)s)

-- name: rows
-- Of each table as many as the planner knows of.
SELECT relname, greatest(reltuples, 0)::float8 FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%(tables)s)
