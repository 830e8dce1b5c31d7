-- name: styles_and_labels
-- Of releases of one kind, the first ones in the order of years: styles and labels that most of them have.
WITH named AS MATERIALIZED (
    SELECT release FROM release_links AS l
    WHERE id = %(id)s AND kind = %(kind)s
      AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = l.release)
    ORDER BY year, release LIMIT %(most)s
), facts AS MATERIALIZED (
    SELECT f.year, f.styles, f.labels FROM named JOIN release_facts AS f ON f.id = named.release
)
(SELECT 'style', NULL::bigint, style, count(*), NULL::smallint, NULL::smallint
 FROM facts, unnest(styles) AS style GROUP BY style ORDER BY count(*) DESC, style LIMIT %(styles)s)
UNION ALL
(SELECT 'label', label, NULL, count(*), min(year), max(year)
 FROM facts, unnest(labels) AS label GROUP BY label ORDER BY count(*) DESC, label LIMIT %(labels)s)

-- name: played_with
-- Who else is named on some of the releases: on a bounded number of these, and of links of them.
WITH own AS MATERIALIZED (
    SELECT DISTINCT release, year FROM (
        SELECT release, year FROM release_links AS l
        WHERE id = %(id)s AND kind <= 2
          AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = l.release)
        ORDER BY kind, year, release LIMIT %(releases)s) AS l
), other AS MATERIALIZED (
    SELECT l.id, own.release, nullif(own.year, 0) AS year FROM own CROSS JOIN LATERAL (
        SELECT id FROM release_links
        WHERE release = own.release AND kind <= 2 AND id <> %(id)s AND id <> ALL(%(nobody)s) LIMIT %(links)s) AS l
    LIMIT %(links)s
)
SELECT t.id, a.name, t.releases, t.first, t.last, (SELECT count(*) FROM own), (SELECT count(*) FROM other)
FROM (SELECT id, count(DISTINCT release) AS releases, min(year) AS first, max(year) AS last
      FROM other GROUP BY id ORDER BY count(DISTINCT release) DESC, id LIMIT %(limit)s) AS t
JOIN artists AS a ON a.id = t.id
WHERE NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'artists' AND s.id = t.id)
ORDER BY t.releases DESC, t.first, a.name

-- name: grouped
-- Releases of one kind, those of a master together; `{order}` is how they are sorted.
WITH named AS MATERIALIZED (
    SELECT release, master, year, roles FROM release_links AS l
    WHERE id = %(id)s AND kind = %(kind)s
      AND (%(mask)s::integer = 0 OR categories & %(mask)s <> 0)
      AND (%(role)s::text IS NULL OR %(role)s = ANY(string_to_array(roles, E'\n')))
      AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = l.release)
      AND (%(formats)s::text[] IS NULL OR EXISTS (
          SELECT FROM release_facts AS f WHERE f.id = l.release AND f.formats && %(formats)s))
      AND (%(label)s::bigint IS NULL OR EXISTS (
          SELECT FROM release_facts AS f WHERE f.id = l.release AND %(label)s = ANY(f.labels)))
), grouped AS (
    SELECT master, count(*) AS releases, min(nullif(year, 0)) AS first,
           (array_agg(release ORDER BY year = 0, year, release))[1] AS release, string_agg(roles, E'\n') AS roles
    FROM named GROUP BY master, CASE WHEN master IS NULL THEN release END
), dated AS (
    SELECT g.master, g.release, g.releases, coalesce(m.year, g.first) AS year, g.roles, m.title
    FROM grouped AS g LEFT JOIN masters AS m ON m.id = g.master
        AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'masters' AND s.id = m.id)
)
SELECT d.master, d.release, d.releases, d.year, d.roles, d.title, count(*) OVER (), sum(d.releases) OVER ()::bigint
FROM dated AS d {join}
WHERE d.year BETWEEN %(first_year)s AND %(last_year)s OR d.year IS NULL AND %(with_unknown)s
ORDER BY {order} LIMIT %(limit)s OFFSET %(first)s

-- name: shown
-- Of releases what a list shows.
SELECT r.id, r.title, d.released, d.artists::text, d.labels::text, d.formats::text
FROM releases AS r CROSS JOIN LATERAL jsonb_to_record(r.data) AS d (released text, artists jsonb, labels jsonb, formats jsonb)
WHERE r.id = ANY(%(ids)s)

-- name: narrowed
-- Of some releases those with one of the formats, and on the label.
SELECT id FROM release_facts
WHERE id = ANY(%(ids)s) AND (%(formats)s::text[] IS NULL OR formats && %(formats)s)
  AND (%(label)s::bigint IS NULL OR %(label)s = ANY(labels))

-- name: categories
-- How many releases an artist is credited on in each category of roles.
SELECT place, count(*) FROM release_links AS l, generate_series(0, 30) AS place
WHERE id = %(id)s AND kind = 2 AND categories >> place & 1 = 1
  AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = l.release)
GROUP BY place

-- name: categories_of_hub
SELECT substr(role, 2)::integer, releases FROM release_link_roles WHERE id = %(id)s AND role ~ '^#[0-9]+$'
