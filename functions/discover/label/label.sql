-- name: above
-- The labels above one, the nearest first.
WITH RECURSIVE above (id, name, level) AS (
    SELECT (data -> 'parentLabel' ->> 'id')::bigint, data -> 'parentLabel' ->> 'name', 1 FROM labels
    WHERE id = %(id)s AND data ? 'parentLabel'
    UNION ALL
    SELECT (l.data -> 'parentLabel' ->> 'id')::bigint, l.data -> 'parentLabel' ->> 'name', level + 1
    FROM above JOIN labels l ON l.id = above.id
    WHERE l.data ? 'parentLabel' AND level < %(levels)s)
SELECT a.id, coalesce(l.name, a.name) FROM above a LEFT JOIN labels l ON l.id = a.id
WHERE NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = a.id)
ORDER BY level

-- name: below
-- The labels below some, those with the most releases first, and how many each of these has below it in all.
SELECT parent, id, name, releases, below
FROM (SELECT l.id AS parent, s.id, s.name, coalesce(d.degree, 0) AS releases, count(*) OVER (PARTITION BY l.id) AS below,
             row_number() OVER (PARTITION BY l.id ORDER BY coalesce(d.degree, 0) DESC, s.name, s.id) AS place
      FROM labels l CROSS JOIN LATERAL jsonb_to_recordset(l.data -> 'sublabels') AS s (id bigint, name text)
      LEFT JOIN degrees d ON d.entity = 2 AND d.id = s.id
      WHERE l.id = ANY(%(ids)s::bigint[]) AND s.id > 0
        AND NOT EXISTS (SELECT FROM suppressed x WHERE x.entity = 'labels' AND x.id = s.id)) AS found
WHERE place <= %(most)s ORDER BY parent, place

-- name: figures
-- What the releases of a label are like, where these are not many.
WITH facts AS MATERIALIZED (
    SELECT f.* FROM release_links l JOIN release_facts f ON f.id = l.release
    WHERE l.id = %(id)s AND l.kind = 3
      AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = l.release))
SELECT dimension, value, releases
FROM (SELECT 'year' AS dimension, year::text AS value, count(*) AS releases FROM facts WHERE year IS NOT NULL GROUP BY year
      UNION ALL SELECT 'country', country, count(*) FROM facts WHERE country IS NOT NULL GROUP BY country
      UNION ALL SELECT 'genre', value, count(*) FROM facts, unnest(genres) AS value GROUP BY value
      UNION ALL SELECT 'style', value, count(*) FROM facts, unnest(styles) AS value GROUP BY value
      UNION ALL SELECT 'format', value, count(*) FROM facts, unnest(formats) AS value GROUP BY value
      UNION ALL (SELECT 'artist', value::text, count(*) FROM facts, unnest(artists) AS value
                 GROUP BY value ORDER BY count(*) DESC, value LIMIT 50)) AS counted
ORDER BY releases DESC, dimension, value COLLATE "C"

-- name: company_roles
-- What a label did for others, counted on so many of the releases.
SELECT role, count(*)
FROM (SELECT roles FROM release_links AS k
      WHERE k.id = %(id)s AND k.kind = 4
        AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = k.release)
      LIMIT %(most)s) AS l, string_to_table(l.roles, E'\n') AS role
GROUP BY role ORDER BY count(*) DESC, role

-- name: sorted
-- Releases of a label, where these are not many; `{order}` is how they are sorted.
WITH named AS MATERIALIZED (
    SELECT l.release, nullif(l.year, 0) AS year, l.roles FROM release_links l
    WHERE l.id = %(id)s AND l.kind = %(kind)s AND (l.year BETWEEN %(first_year)s AND %(last_year)s OR %(with_unknown)s AND l.year = 0)
      AND (%(role)s::text IS NULL OR %(role)s = ANY(string_to_array(l.roles, E'\n')))
      AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = l.release)
), narrowed AS MATERIALIZED (
    SELECT n.* FROM named n
    WHERE (%(formats)s::text[] IS NULL AND %(genre)s::text IS NULL AND %(style)s::text IS NULL)
       OR EXISTS (SELECT FROM release_facts f WHERE f.id = n.release
                    AND (%(formats)s::text[] IS NULL OR f.formats && %(formats)s)
                    AND (%(genre)s::text IS NULL OR %(genre)s = ANY(f.genres))
                    AND (%(style)s::text IS NULL OR %(style)s = ANY(f.styles)))
)
SELECT d.release, d.year, d.roles, count(*) OVER () FROM narrowed d {join} ORDER BY {order} LIMIT %(limit)s OFFSET %(first)s

-- name: narrowed
-- Of some releases those that are so.
SELECT id FROM release_facts
WHERE id = ANY(%(ids)s) AND (%(formats)s::text[] IS NULL OR formats && %(formats)s)
  AND (%(genre)s::text IS NULL OR %(genre)s = ANY(genres)) AND (%(style)s::text IS NULL OR %(style)s = ANY(styles))

-- name: shown
-- Of releases what a list shows.
SELECT r.id, r.title, r.country, d.released, d.artists::text, d.formats::text
FROM releases r CROSS JOIN LATERAL jsonb_to_record(r.data) AS d (released text, artists jsonb, formats jsonb)
WHERE r.id = ANY(%(ids)s)
