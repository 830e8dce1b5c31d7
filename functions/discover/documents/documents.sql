-- Each answers with one row: the document, or the tombstone of a removed one (its `removed_in` is not NULL).

-- name: {entity}
-- for each {entity}: artists, labels, masters, releases
SELECT hash, dump, data::text, NULL::date AS removed_in FROM {entity} WHERE id = %(id)s
UNION ALL
SELECT hash, dump, NULL, removed_in FROM tombstones WHERE entity = '{entity}' AND id = %(id)s

-- name: first_ones
-- One document of each entity to begin with.
(SELECT 'artists' AS entity, id, name FROM artists ORDER BY id LIMIT 1) UNION ALL
(SELECT 'labels', id, name FROM labels ORDER BY id LIMIT 1) UNION ALL
(SELECT 'masters', id, title FROM masters ORDER BY id LIMIT 1) UNION ALL
(SELECT 'releases', id, title FROM releases ORDER BY id LIMIT 1)
