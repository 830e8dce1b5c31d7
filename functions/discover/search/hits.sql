-- name: documents
-- What tells hits apart, of those that have a document still.
SELECT 1, r.id, NULL::integer AS year, NULL::integer AS original, NULL::text AS country, NULL::text AS label,
       NULL::text AS format, data ->> 'realname' AS real_name, coalesce(d.degree, 0) AS releases, y.first, y.last,
       ARRAY(SELECT style FROM (SELECT f.styles FROM release_links l JOIN release_facts f ON f.id = l.release
                                WHERE l.id = r.id AND l.kind = 0 ORDER BY l.year, l.release LIMIT 5) AS early,
                 unnest(early.styles) AS style
             GROUP BY style ORDER BY count(*) DESC, style LIMIT 3) AS styles
FROM artists r LEFT JOIN degrees d ON d.entity = 1 AND d.id = r.id,
     LATERAL (SELECT (SELECT year FROM release_links WHERE id = r.id AND kind = 0 AND year > 0 ORDER BY year LIMIT 1),
                     (SELECT year FROM release_links WHERE id = r.id AND kind = 0 AND year > 0 ORDER BY year DESC LIMIT 1)
             ) AS y (first, last)
WHERE r.id = ANY(%(artists)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'artists' AND s.id = r.id)
UNION ALL
SELECT 2, r.id, NULL, NULL, NULL, NULL, NULL, NULL, coalesce(d.degree, 0), y.first, y.last, '{}'
FROM labels r LEFT JOIN degrees d ON d.entity = 2 AND d.id = r.id,
     LATERAL (SELECT (SELECT year FROM release_links WHERE id = r.id AND kind = 3 AND year > 0 ORDER BY year LIMIT 1),
                     (SELECT year FROM release_links WHERE id = r.id AND kind = 3 AND year > 0 ORDER BY year DESC LIMIT 1)
             ) AS y (first, last)
WHERE r.id = ANY(%(labels)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = r.id)
UNION ALL
SELECT 3, r.id, year, NULL, NULL, NULL, NULL, NULL, coalesce(d.degree, 0), NULL, NULL, styles[:3]
FROM masters r LEFT JOIN degrees d ON d.entity = 3 AND d.id = r.id WHERE r.id = ANY(%(masters)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'masters' AND s.id = r.id)
UNION ALL
SELECT 4, r.id, r.year, m.year, r.country, r.data #>> '{labels,0,name}', r.data #>> '{formats,0,name}', NULL, NULL,
       NULL, NULL, r.styles[:3]
FROM releases r LEFT JOIN masters m ON m.id = (r.data ->> 'master_id')::bigint WHERE r.id = ANY(%(releases)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = r.id)

-- name: other_names
-- The names of artists beside their own, of the few that have thousands the first.
SELECT id, array_remove(ARRAY(SELECT jsonb_array_elements_text(data -> 'namevariations') LIMIT 300)
                        || (data ->> 'realname'), NULL)
FROM artists WHERE id = ANY(%(ids)s)

-- name: other_texts
-- What else records are found by, of the few that have thousands the first.
SELECT 1, id, jsonb_build_object('other name', jsonb_path_query_array(data, '$.namevariations[0 to 299]'),
                                 'real name', jsonb_path_query_array(data, '$.realname'))
FROM artists WHERE id = ANY(%(artists)s)
UNION ALL
SELECT 2, id, jsonb_build_object('parent label', jsonb_path_query_array(data, '$.parentLabel.name'))
FROM labels WHERE id = ANY(%(labels)s)
UNION ALL
SELECT 3, id, jsonb_build_object('artist', jsonb_path_query_array(data, '$.artists[0 to 299].name'))
FROM masters WHERE id = ANY(%(masters)s)
UNION ALL
SELECT 4, id, jsonb_build_object(
    'artist', jsonb_path_query_array(data, '$.artists[0 to 299].name'),
    'label', jsonb_path_query_array(data, '$.labels[0 to 299].name'),
    'track', CASE WHEN %(tracks)s THEN jsonb_path_query_array(data, '$.tracklist[0 to 299].title')
                       || jsonb_path_query_array(data, '$.tracklist[0 to 299].sub_tracks[0 to 299].title')
                  ELSE '[]' END)
FROM releases WHERE id = ANY(%(releases)s)

-- name: alive
-- Which of these have a document still.
SELECT 1, id FROM artists r WHERE id = ANY(%(artists)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'artists' AND s.id = r.id)
UNION ALL SELECT 2, id FROM labels r WHERE id = ANY(%(labels)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = r.id)
UNION ALL SELECT 3, id FROM masters r WHERE id = ANY(%(masters)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'masters' AND s.id = r.id)
UNION ALL SELECT 4, id FROM releases r WHERE id = ANY(%(releases)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = r.id)
