-- name: stages
-- Of the active run, and of one that ended since the last look: what has come into each stage's hands and left them. A
-- graph that is filled as a whole is filled at the run's end, which counts the records of each entity itself.
SELECT r.id AS run, r.started_at > now() - make_interval(secs => %(elapsed)s) AS begun,
       f.received, f.split, p.parsed, p.loaded,
       CASE WHEN r.only_store = 'table' THEN 0 WHEN r.bulk_graph THEN s.graph ELSE p.done END AS graph
FROM (SELECT * FROM runs ORDER BY id DESC LIMIT 3) r
CROSS JOIN LATERAL (
    SELECT coalesce(sum(CASE WHEN state = 'listed' THEN read_bytes WHEN state <> 'missing' THEN bytes END), 0)::bigint
               AS received,
           coalesce(sum(records), 0)::bigint AS split
    FROM files WHERE run = r.id) f
CROSS JOIN LATERAL (
    SELECT coalesce(sum(records) FILTER (WHERE kind = 'xml' AND state IN ('parsed', 'loaded', 'done')), 0)::bigint
               AS parsed,
           coalesce(sum(records) FILTER (WHERE kind = 'xml' AND state IN ('loaded', 'done')), 0)::bigint AS loaded,
           coalesce(sum(records) FILTER (WHERE state = 'done'), 0)::bigint AS done
    FROM parts WHERE run = r.id) p
CROSS JOIN LATERAL (
    SELECT coalesce(sum(done), 0)::bigint AS graph FROM steps WHERE run = r.id AND step = 'graph') s
WHERE r.state IN ('running', 'paused', 'finishing') OR r.finished_at > now() - make_interval(secs => %(elapsed)s + 10)

-- name: batches_left
SELECT count(*) FROM derivation_work

-- name: reports
SELECT id, function, state = 'busy' AS busy, pss, cpu, pool_size, pool_used, pool_waiting, extract(epoch FROM at)::float8 AS at,
       extract(epoch FROM at - since)::float8 AS age
FROM workers WHERE at + good_for >= now()

-- name: database
SELECT a.connections, a.active, current_setting('max_connections')::int AS most,
       d.blks_hit::float8 AS hits, d.blks_read::float8 AS reads
FROM pg_stat_database d,
     (SELECT count(*) AS connections, count(*) FILTER (WHERE state = 'active') AS active
      FROM pg_stat_activity WHERE datname = current_database()) a
WHERE d.datname = current_database()

-- name: database_bytes
SELECT pg_database_size(current_database())
