-- name: database_bytes
SELECT pg_database_size(current_database())

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
