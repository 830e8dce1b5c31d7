-- name: record
-- The title of a release or a master, and the releases that it stands for: of a master the first ones.
SELECT title, ARRAY[id] FROM releases AS r
WHERE id = %(id)s AND %(kind)s = 'release'
  AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = r.id)
UNION ALL
SELECT title, ARRAY(SELECT id FROM releases AS r WHERE (data ->> 'master_id')::bigint = m.id
                      AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = r.id)
                    ORDER BY year, id LIMIT %(most)s)
FROM masters AS m
WHERE id = %(id)s AND %(kind)s = 'master'
  AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'masters' AND s.id = m.id)

-- name: artist
SELECT name FROM artists AS a WHERE id = %(id)s
  AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'artists' AND s.id = a.id)

-- name: on_releases
-- Who is credited on releases, most often first.
SELECT l.id, a.name, count(*), string_agg(l.roles, E'\n'), min(l.release)
FROM release_links AS l LEFT JOIN artists AS a ON a.id = l.id
WHERE l.release = ANY(%(releases)s) AND l.kind = 2
  AND (%(mask)s::integer = 0 OR l.categories & %(mask)s <> 0)
  AND (%(role)s::text IS NULL OR %(role)s = ANY(string_to_array(l.roles, E'\n')))
  AND (%(by)s::bigint IS NULL OR l.id = %(by)s)
  AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'artists' AND s.id = l.id)
GROUP BY l.id, a.name ORDER BY count(*) DESC, l.id LIMIT %(limit)s OFFSET %(first)s

-- name: together
-- Releases that name both, in the order of years: those of the first one from a place on, a bounded number of them.
WITH own AS MATERIALIZED (
    SELECT release, year, min(master) AS master, array_agg(kind ORDER BY kind) AS kinds, string_agg(roles, E'\n') AS roles
    FROM (SELECT l.* FROM unnest(ARRAY[0, 1, 2]) AS k (kind) CROSS JOIN LATERAL (
              SELECT * FROM release_links
              WHERE id = %(fewer)s AND kind = k.kind AND year BETWEEN %(first_year)s AND %(last_year)s
                AND (year, release) > (%(year)s, %(release)s)
              ORDER BY year, release LIMIT %(looked)s) AS l
          ORDER BY l.year, l.release LIMIT %(looked)s) AS l
    GROUP BY release, year
), both_named AS (
    SELECT own.release, own.year, own.kinds, own.roles, other.kinds AS other_kinds, other.roles AS other_roles
    FROM own CROSS JOIN LATERAL (
        SELECT array_agg(kind ORDER BY kind) AS kinds, string_agg(roles, E'\n') AS roles FROM release_links AS o
        WHERE o.id = %(more)s AND o.kind IN (0, 1, 2) AND o.year = own.year AND o.release = own.release) AS other
    WHERE other.kinds IS NOT NULL
      AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = own.release)
    ORDER BY own.year, own.release LIMIT %(limit)s
)
SELECT b.release, r.title, nullif(b.year, 0), b.kinds, b.roles, b.other_kinds, b.other_roles
FROM both_named AS b JOIN releases AS r ON r.id = b.release ORDER BY b.year, b.release

-- name: seen
-- How far a look for both has come that has found nothing.
SELECT max(ARRAY[year, release]), count(*) FROM (
    SELECT l.year, l.release FROM unnest(ARRAY[0, 1, 2]) AS k (kind) CROSS JOIN LATERAL (
        SELECT year::bigint AS year, release FROM release_links
        WHERE id = %(fewer)s AND kind = k.kind AND year BETWEEN %(first_year)s AND %(last_year)s
          AND (year, release) > (%(year)s, %(release)s)
        ORDER BY year, release LIMIT %(looked)s) AS l
    ORDER BY l.year, l.release LIMIT %(looked)s) AS l

-- name: most
-- Who has a role on most releases, of those that are kept; hubs behind them are kept for their own pages.
SELECT t.id, a.name, t.releases
FROM (SELECT id, releases FROM release_link_roles WHERE role = %(role)s
      ORDER BY releases DESC, id LIMIT %(kept)s) AS t LEFT JOIN artists AS a ON a.id = t.id
WHERE NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'artists' AND s.id = t.id)
ORDER BY t.releases DESC, t.id LIMIT %(limit)s OFFSET %(first)s

-- name: within_years
SELECT l.id, count(*) FROM unnest(%(ids)s::bigint[]) AS c (id)
JOIN release_links AS l ON l.id = c.id AND l.kind = 2 AND l.year BETWEEN %(first_year)s AND %(last_year)s
WHERE (%(mask)s::integer = 0 OR l.categories & %(mask)s <> 0)
  AND (%(name)s::text IS NULL OR %(name)s = ANY(string_to_array(l.roles, E'\n')))
GROUP BY l.id

-- name: roles_there
-- Of some roles those that anybody has, the most frequent first.
SELECT role FROM unnest(%(roles)s::text[]) AS role
JOIN LATERAL (SELECT max(releases) AS releases FROM release_link_roles AS t WHERE t.role = role.role) AS t
    ON t.releases IS NOT NULL
ORDER BY t.releases DESC, role

-- name: roles_from
-- Roles from a text on, one after the other, that begin with it.
WITH RECURSIVE found AS (
    (SELECT role, 1 AS place FROM release_link_roles WHERE role >= %(text)s ORDER BY role LIMIT 1)
    UNION ALL
    SELECT (SELECT t.role FROM release_link_roles AS t WHERE t.role > f.role ORDER BY t.role LIMIT 1), place + 1
    FROM found AS f WHERE f.role IS NOT NULL AND place < %(most)s
)
SELECT role FROM found WHERE starts_with(role, %(text)s)

-- name: links
-- How many releases name somebody as an artist or in a credit, up to a bound.
SELECT count(*) FROM (SELECT FROM release_links WHERE id = %(id)s AND kind <= 2 LIMIT %(most)s) AS l

-- name: limit_time
SELECT set_config('statement_timeout', %(milliseconds)s, true)

-- name: documents
SELECT id, data::text FROM releases WHERE id = ANY(%(releases)s)
