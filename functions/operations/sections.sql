-- name: runs
SELECT r.id, r.kind, r.dump, r.state, r.reason, r.started_at, r.finished_at,
       coalesce(sum(f.records), 0)::bigint AS records, coalesce(sum(f.unchanged), 0)::bigint AS unchanged,
       coalesce(sum(f.removed), 0)::bigint AS removed
FROM (SELECT * FROM runs ORDER BY id DESC LIMIT %(limit)s) r LEFT JOIN files f ON f.run = r.id
GROUP BY r.id, r.kind, r.dump, r.state, r.reason, r.started_at, r.finished_at ORDER BY r.id DESC

-- name: held
SELECT to_char(max(dump), 'YYYY-MM') FROM runs WHERE kind = 'load' AND state = 'done'

-- name: new_dump
-- The newest dump that the check has found, unless it was begun since.
SELECT detail ->> 'dump' FROM (SELECT detail FROM events WHERE kind = 'new-dump' ORDER BY id DESC LIMIT 1) AS newest
WHERE NOT EXISTS (SELECT FROM runs WHERE kind = 'load' AND to_char(dump, 'YYYYMMDD') >= detail ->> 'dump')

-- name: parts_in_hand
SELECT entity, part, records, attempts FROM parts
WHERE run = %(run)s AND (entity, part) IN (SELECT * FROM unnest(%(entities)s::text[], %(parts)s::int[]))

-- name: stack_started
-- When the stack was started last, and what was fixed by hand then; without a supervisor there is no such event.
SELECT coalesce(max(id), 0), coalesce((array_agg(detail -> 'fixed' ORDER BY id DESC))[1], '{}')
FROM (SELECT id, detail FROM events WHERE kind = 'stack-started' ORDER BY id DESC LIMIT 1) AS latest

-- name: scaled
-- The last decision about each function since then.
SELECT f.name AS function, e.at, (e.detail ->> 'workers')::int AS workers, (e.detail ->> 'before')::int AS before,
       e.detail ->> 'reason' AS reason
FROM unnest(%(names)s::text[]) AS f (name)
CROSS JOIN LATERAL (SELECT at, detail FROM events
                    WHERE kind = 'scaled' AND detail ->> 'function' = f.name AND id > %(after)s
                    ORDER BY id DESC LIMIT 1) AS e

-- name: restarts
-- How often each process has ended by itself and was started again since then, as the last event about it says.
SELECT DISTINCT ON (detail ->> 'process') detail ->> 'function', (detail ->> 'restarts')::int
FROM events WHERE kind = 'process-ended' AND id > %(after)s ORDER BY detail ->> 'process', id DESC

-- name: events
SELECT id, at, run, kind, detail FROM events ORDER BY id DESC LIMIT %(limit)s

-- name: lock_waits
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND wait_event_type = 'Lock'

-- name: postgres
-- Short sessions in which processes report are left out: they come and go.
SELECT pg_database_size(current_database()) AS size,
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name NOT LIKE 'linernotes report %%') AS connections,
       (SELECT blks_hit::float8 / nullif(blks_hit + blks_read, 0) FROM pg_stat_database
        WHERE datname = current_database()) AS cache_hits
