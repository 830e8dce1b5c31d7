-- name: {entity}
-- for each {entity}: artists, labels, masters, releases
-- A document, and the last month that is known to have changed it. A suppressed record is as one that never was.
SELECT r.dump, r.data::text, c.dump, c.kind, c.patch::text
FROM {entity} r
LEFT JOIN LATERAL (SELECT dump, kind, patch FROM changes
                   WHERE entity = '{entity}' AND id = r.id ORDER BY dump DESC LIMIT 1) AS c ON true
WHERE r.id = %(id)s AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = '{entity}' AND s.id = r.id)

-- name: mentioned
-- Names of records by their ids, and ids of artists and labels by their whole names.
SELECT 'artist', id, name FROM artists r WHERE id = ANY(%(artist)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'artists' AND s.id = r.id)
UNION ALL SELECT 'label', id, name FROM labels r WHERE id = ANY(%(label)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = r.id)
UNION ALL SELECT 'master', id, title FROM masters r WHERE id = ANY(%(master)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'masters' AND s.id = r.id)
UNION ALL SELECT 'release', id, title FROM releases r WHERE id = ANY(%(release)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = r.id)
UNION ALL SELECT 'artist', id, name FROM artists r
  WHERE left(name, 200) = ANY(SELECT left(one, 200) FROM unnest(%(artist_names)s::text[]) AS one)
  AND name = ANY(%(artist_names)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'artists' AND s.id = r.id)
UNION ALL SELECT 'label', id, name FROM labels r
  WHERE left(name, 200) = ANY(SELECT left(one, 200) FROM unnest(%(label_names)s::text[]) AS one)
  AND name = ANY(%(label_names)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = r.id)
