-- name: database_bytes
-- Without the history of figures, which has nothing to do with what is loaded.
SELECT pg_database_size(current_database()) - (
    SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
    WHERE relkind = 'r' AND relname IN ('metric_samples', 'metric_minutes', 'metric_hours'))::bigint

-- name: loaded_bytes
-- Of each entity, the compressed bytes of the file that was loaded last.
SELECT DISTINCT ON (f.entity) f.entity, f.bytes
FROM files f JOIN runs r ON r.id = f.run
WHERE r.kind = 'load' AND r.state IN ('done', 'stopped') AND f.state = 'split' AND f.bytes > 0
ORDER BY f.entity, f.run DESC

-- name: changed_shares
-- Of each of the last months, the share of records that were new or changed; a first load and a dump loaded once more are
-- none.
SELECT sum(f.records - f.unchanged)::float8 / sum(f.records)
FROM files f JOIN runs r ON r.id = f.run
WHERE r.kind = 'load' AND r.state IN ('done', 'stopped') AND f.state = 'split'
GROUP BY r.id HAVING sum(f.unchanged) > 0 AND sum(f.records - f.unchanged) > 0
ORDER BY r.id DESC LIMIT %(months)s

-- name: derivations
SELECT name, version FROM derivations WHERE version IS NOT NULL
