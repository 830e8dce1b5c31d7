-- Each answers with a row for each record: the document, or the tombstone of a removed one (its `removed_in` is not
-- NULL), of which the name alone is read unless the whole is wanted. A suppressed record is as one that never was.

-- name: {entity}
-- for each {entity}: artists, labels, masters, releases
SELECT id, hash, dump, data::text, NULL::date AS removed_in, NULL AS name FROM {entity} d
WHERE id = ANY(%(ids)s) AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = '{entity}' AND s.id = d.id)
UNION ALL
SELECT id, hash, dump, CASE WHEN %(whole)s THEN data::text END, removed_in, coalesce(data ->> 'name', data ->> 'title')
FROM tombstones t
WHERE entity = '{entity}' AND id = ANY(%(ids)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = '{entity}' AND s.id = t.id)

-- name: first_ones
-- One document of each entity to begin with.
(SELECT 'artists' AS entity, id, name FROM artists t
 WHERE NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'artists' AND s.id = t.id) ORDER BY id LIMIT 1) UNION ALL
(SELECT 'labels', id, name FROM labels t
 WHERE NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = t.id) ORDER BY id LIMIT 1) UNION ALL
(SELECT 'masters', id, title FROM masters t
 WHERE NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'masters' AND s.id = t.id) ORDER BY id LIMIT 1) UNION ALL
(SELECT 'releases', id, title FROM releases t
 WHERE NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = t.id) ORDER BY id LIMIT 1)
