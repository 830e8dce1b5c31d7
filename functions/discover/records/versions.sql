-- name: every
-- What the versions of a master are sorted and narrowed down by, in the order of their dates; the index releases_master
-- finds them. Names of formats have U+001F between them: reading arrays takes as long as all the rest.
SELECT r.id, r.year, r.country, d.released,
       (SELECT string_agg(one ->> 'name', U&'\001F') FROM jsonb_array_elements(d.formats) AS one) AS formats,
       d.labels #>> '{0,name}' AS label, d.labels #>> '{0,catno}' AS catno
FROM releases r CROSS JOIN LATERAL jsonb_to_record(r.data) AS d (released text, formats jsonb, labels jsonb)
WHERE (r.data ->> 'master_id')::bigint = %(master)s
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = r.id)
ORDER BY r.year, d.released COLLATE "C", r.id

-- name: shown
-- Of some of them what a list shows.
SELECT r.id, r.title, r.year, r.country, d.released, d.labels::text, d.formats::text
FROM releases r CROSS JOIN LATERAL jsonb_to_record(r.data) AS d (released text, formats jsonb, labels jsonb)
WHERE r.id = ANY(%(ids)s)

-- name: others
-- The first ones of a master, and its title: the first row has no release.
SELECT NULL::bigint, (SELECT title FROM masters m WHERE m.id = %(master)s AND NOT EXISTS (
           SELECT FROM suppressed s WHERE s.entity = 'masters' AND s.id = m.id)), NULL, NULL, NULL, NULL, NULL
UNION ALL
SELECT r.id, r.title, r.year, r.country, d.released, d.labels::text, d.formats::text
FROM (SELECT * FROM releases r
      WHERE (data ->> 'master_id')::bigint = %(master)s AND id <> %(but)s
        AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = r.id)
      ORDER BY year, id LIMIT %(most)s) AS r
CROSS JOIN LATERAL jsonb_to_record(r.data) AS d (released text, formats jsonb, labels jsonb)
