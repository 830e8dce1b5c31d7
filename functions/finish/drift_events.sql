-- name: without_field
-- A record of this month without a field. What the first month brought is not among the changes: then any of its rows.
WITH documents AS (
    SELECT 'artists' AS entity, id, dump, data FROM artists
    UNION ALL SELECT 'labels', id, dump, data FROM labels
    UNION ALL SELECT 'masters', id, dump, data FROM masters
    UNION ALL SELECT 'releases', id, dump, data FROM releases
)
SELECT d.id FROM changes c JOIN documents d ON d.entity = c.entity AND d.id = c.id
WHERE c.entity = %(entity)s AND c.dump = (SELECT dump FROM runs WHERE id = %(run)s)
  AND NOT jsonb_path_exists(d.data, %(path)s::jsonpath)
UNION ALL
SELECT d.id FROM documents d
WHERE d.entity = %(entity)s AND d.dump = (SELECT dump FROM runs WHERE id = %(run)s)
  AND NOT jsonb_path_exists(d.data, %(path)s::jsonpath)
LIMIT 1
