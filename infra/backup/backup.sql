-- name: snapshot
-- What pg_dump then reads is what this transaction sees.
SELECT pg_export_snapshot()

-- name: alone
-- One backup or restore at a time.
SELECT pg_try_advisory_xact_lock(hashtext('linernotes backup of ' || %(database)s))

-- name: facts
SELECT current_setting('server_version_num')::int / 10000 AS postgres,
       pg_database_size(current_database()) AS database_bytes,
       (SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)
           ::bigint AS table_bytes,
       (SELECT count(*) FROM pg_indexes WHERE schemaname = 'public') AS indexes,
       (SELECT synthetic FROM installation) AS synthetic,
       (SELECT max(dump) FROM runs WHERE kind = 'load' AND state IN ('done', 'stopped')) AS dump,
       (SELECT array_agg(name ORDER BY name) FROM migrations) AS migrations

-- name: rows
SELECT 'artists', count(*) FROM artists UNION ALL
SELECT 'labels', count(*) FROM labels UNION ALL
SELECT 'masters', count(*) FROM masters UNION ALL
SELECT 'releases', count(*) FROM releases UNION ALL
SELECT 'record_state', count(*) FROM record_state UNION ALL
SELECT 'tombstones', count(*) FROM tombstones UNION ALL
SELECT 'quarantine', count(*) FROM quarantine

-- name: copying
-- Rows that went through the COPY of each table that is written or read now.
SELECT c.relname, sum(p.tuples_processed)::bigint
FROM pg_stat_progress_copy p JOIN pg_class c ON c.oid = p.relid
WHERE p.datname = current_database() GROUP BY c.relname

-- name: indexes
SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'

-- name: may_swap
-- Whether this user may make a database and rename this one.
SELECT (SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user)
   AND pg_has_role(current_user, datdba, 'USAGE')
FROM pg_database WHERE datname = current_database()

-- name: numbers
-- The last run, the generation and the id of this installation.
SELECT greatest(coalesce(pg_sequence_last_value(pg_get_serial_sequence('runs', 'id')::regclass), 0),
                (SELECT coalesce(max(id), 0) FROM runs)) AS run,
       (SELECT generation FROM installation) AS generation,
       (SELECT id FROM installation) AS id

-- name: go_on_run
-- No number of a run is used twice: a late message must not speak of another run.
SELECT setval(pg_get_serial_sequence('runs', 'id'),
              greatest(%(run)s, (SELECT coalesce(max(id), 0) FROM runs)) + 1, false)

-- name: go_on_generation
UPDATE installation SET generation = greatest(generation, %(generation)s) + 1, id = %(id)s

-- name: event_number
-- The last number that an event was given here.
SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('events', 'id')::regclass), 0)

-- name: go_on_event
-- No number of an event is used twice: who was told of the one would take the other for it. A thousand are left to what
-- is noted in the old database until it is replaced.
SELECT setval(sequence, greatest(%(event)s + 1000, pg_sequence_last_value(sequence), (SELECT max(id) FROM events)))
FROM CAST(pg_get_serial_sequence('events', 'id') AS regclass) AS sequence

-- name: send_again
-- Their messages went with the queues: what follows sends them at once, and waits for no lease.
UPDATE document_batches SET sent_at = NULL

-- name: analyze
ANALYZE

-- name: end_others
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = ANY(%(databases)s) AND pid <> pg_backend_pid()

-- name: rename
ALTER DATABASE {old} RENAME TO {new}
