-- name: some_releases
SELECT id, dump, data::text FROM releases ORDER BY id LIMIT %(limit)s
