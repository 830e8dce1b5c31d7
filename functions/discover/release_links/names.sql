-- name: artists
-- Of the links of somebody without a document the first one tells the name: one release is read for each.
SELECT n.id, coalesce(a.name, (
    SELECT coalesce(jsonb_path_query_first(r.data, '$.**.artists[*] ? (@.id == $id).name', jsonb_build_object('id', n.id)),
                    jsonb_path_query_first(r.data, '$.**.extraartists[*] ? (@.id == $id).name',
                                           jsonb_build_object('id', n.id))) #>> '{}'
    FROM (SELECT release FROM release_links AS k WHERE k.id = n.id AND kind <= 2
          AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = k.release)
          ORDER BY kind, year, release LIMIT 1) AS e
         JOIN releases AS r ON r.id = e.release))
FROM unnest(%(ids)s::bigint[]) AS n (id) LEFT JOIN artists AS a ON a.id = n.id
WHERE NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'artists' AND s.id = n.id)

-- name: labels
-- The same of labels, and of companies that no release has as its label.
SELECT n.id, coalesce(l.name, (
    SELECT coalesce(jsonb_path_query_first(r.data, '$.labels[*] ? (@.id == $id).name', jsonb_build_object('id', n.id)),
                    jsonb_path_query_first(r.data, '$.companies[*] ? (@.id == $id).name',
                                           jsonb_build_object('id', n.id))) #>> '{}'
    FROM (SELECT release FROM release_links AS k WHERE k.id = n.id AND kind >= 3
          AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = k.release)
          ORDER BY kind, year, release LIMIT 1) AS e
         JOIN releases AS r ON r.id = e.release))
FROM unnest(%(ids)s::bigint[]) AS n (id) LEFT JOIN labels AS l ON l.id = n.id
WHERE NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'labels' AND s.id = n.id)
