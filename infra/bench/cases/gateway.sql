-- name: some_releases
-- In no order that the gateway or the server could gain from.
SELECT id FROM releases ORDER BY md5(id::text) LIMIT %(count)s
