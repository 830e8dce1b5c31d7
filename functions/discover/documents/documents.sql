-- Each answers with one row: the document, or the tombstone of a removed one (its `removed_in` is not NULL).

-- name: artists
SELECT hash, dump, data::text, NULL::date AS removed_in FROM artists WHERE id = %(id)s
UNION ALL
SELECT hash, dump, NULL, removed_in FROM tombstones WHERE entity = 'artists' AND id = %(id)s

-- name: labels
SELECT hash, dump, data::text, NULL::date AS removed_in FROM labels WHERE id = %(id)s
UNION ALL
SELECT hash, dump, NULL, removed_in FROM tombstones WHERE entity = 'labels' AND id = %(id)s

-- name: masters
SELECT hash, dump, data::text, NULL::date AS removed_in FROM masters WHERE id = %(id)s
UNION ALL
SELECT hash, dump, NULL, removed_in FROM tombstones WHERE entity = 'masters' AND id = %(id)s

-- name: releases
SELECT hash, dump, data::text, NULL::date AS removed_in FROM releases WHERE id = %(id)s
UNION ALL
SELECT hash, dump, NULL, removed_in FROM tombstones WHERE entity = 'releases' AND id = %(id)s

-- name: first_ones
-- One document of each entity to begin with.
(SELECT 'artists' AS entity, id, name FROM artists ORDER BY id LIMIT 1) UNION ALL
(SELECT 'labels', id, name FROM labels ORDER BY id LIMIT 1) UNION ALL
(SELECT 'masters', id, title FROM masters ORDER BY id LIMIT 1) UNION ALL
(SELECT 'releases', id, title FROM releases ORDER BY id LIMIT 1)
