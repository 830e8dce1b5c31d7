-- name: note
-- Whom these releases name.
INSERT INTO release_link_moves (id, kind) SELECT DISTINCT id, kind FROM release_links WHERE release = ANY(%(ids)s)

-- name: forget_moves
TRUNCATE release_link_moves

-- name: analyze
-- It goes along when the table takes its place; until somebody vacuums it, nothing else would be known of it.
ANALYZE release_links_next

-- name: count_years
INSERT INTO release_link_years_next (id, kind, year, releases)
SELECT id, kind, year, count(*) FROM release_links_next
JOIN (SELECT id, kind FROM release_links_next GROUP BY id, kind HAVING count(*) > %(most)s) AS hub USING (id, kind)
GROUP BY id, kind, year

-- name: count_roles
-- Of a hub all categories are kept, as its page has no other counts of them. A role that begins as keys of categories do
-- would be taken for one.
INSERT INTO release_link_roles_next (role, id, releases)
SELECT role, id, releases
FROM (SELECT role, id, releases, row_number() OVER (PARTITION BY role ORDER BY releases DESC, id) AS place
      FROM (SELECT role, id, count(*) AS releases
            FROM release_links_next AS l, string_to_table(l.roles, E'\n') AS role
            WHERE l.kind = 2 AND length(role) <= %(longest)s AND NOT starts_with(role, '#') GROUP BY role, id
            UNION ALL
            SELECT '#' || place, id, count(*)
            FROM release_links_next AS l, generate_series(0, 30) AS place
            WHERE l.kind = 2 AND l.categories >> place & 1 = 1 GROUP BY place, id) AS counted) AS ordered
WHERE place <= %(kept)s
   OR starts_with(role, '#') AND id IN (SELECT id FROM release_link_years_next WHERE kind = 2)

-- name: take_moves
CREATE TEMP TABLE release_link_moved ON COMMIT DROP AS
WITH gone AS (DELETE FROM release_link_moves RETURNING id, kind) SELECT DISTINCT id, kind FROM gone

-- name: drop_years
DELETE FROM release_link_years AS y USING release_link_moved AS m WHERE m.id = y.id AND m.kind = y.kind

-- name: count_years_again
INSERT INTO release_link_years (id, kind, year, releases)
SELECT l.id, l.kind, l.year, count(*)
FROM release_link_moved AS m JOIN release_links AS l ON l.id = m.id AND l.kind = m.kind
WHERE (SELECT count(*) FROM (SELECT FROM release_links AS o WHERE o.id = m.id AND o.kind = m.kind LIMIT %(most)s + 1) AS o)
      > %(most)s
GROUP BY l.id, l.kind, l.year

-- name: least_roles
-- The last place among those who have a role most, where there are as many as are kept: whoever has left no rows comes
-- behind it.
CREATE TEMP TABLE release_link_least ON COMMIT DROP AS
SELECT role, releases, id
FROM (SELECT role, id, releases, row_number() OVER (PARTITION BY role ORDER BY releases DESC, id) AS place
      FROM release_link_roles) AS ordered
WHERE place = %(kept)s

-- name: drop_roles
DELETE FROM release_link_roles AS r USING release_link_moved AS m WHERE m.id = r.id AND m.kind = 2

-- name: count_roles_again
INSERT INTO release_link_roles (role, id, releases)
SELECT c.role, c.id, c.releases
FROM (SELECT role, m.id, count(*) AS releases
      FROM release_link_moved AS m JOIN release_links AS l ON l.id = m.id AND l.kind = 2, string_to_table(l.roles, E'\n') AS role
      WHERE m.kind = 2 AND length(role) <= %(longest)s AND NOT starts_with(role, '#') GROUP BY role, m.id
      UNION ALL
      SELECT '#' || place, m.id, count(*)
      FROM release_link_moved AS m JOIN release_links AS l ON l.id = m.id AND l.kind = 2, generate_series(0, 30) AS place
      WHERE m.kind = 2 AND l.categories >> place & 1 = 1 GROUP BY place, m.id) AS c
LEFT JOIN release_link_least AS least USING (role)
WHERE least.id IS NULL OR (-c.releases, c.id) <= (-least.releases, least.id)
   OR starts_with(c.role, '#') AND c.id IN (SELECT id FROM release_link_years WHERE kind = 2)

-- name: short_roles
-- Of which too few are left in front of that place: who comes behind it is known by counting everybody who has the role.
CREATE TEMP TABLE release_link_short ON COMMIT DROP AS
SELECT role FROM release_link_least AS least
WHERE (SELECT count(*) FROM release_link_roles AS r
       WHERE r.role = least.role AND (-r.releases, r.id) <= (-least.releases, least.id)) < %(kept)s

-- name: count_short_roles
INSERT INTO release_link_roles (role, id, releases)
SELECT role, id, count(*)
FROM release_links AS l, string_to_table(l.roles, E'\n') AS role
WHERE l.kind = 2 AND NOT starts_with(role, '#') AND role IN (SELECT role FROM release_link_short) GROUP BY role, id
UNION ALL
SELECT '#' || place, id, count(*)
FROM release_links AS l,
     (SELECT place FROM generate_series(0, 30) AS place WHERE '#' || place IN (SELECT role FROM release_link_short)) AS p
WHERE l.kind = 2 AND l.categories >> place & 1 = 1 GROUP BY place, id
ON CONFLICT (role, id) DO NOTHING

-- name: trim_roles
DELETE FROM release_link_roles AS r
USING (SELECT role, id, row_number() OVER (PARTITION BY role ORDER BY releases DESC, id) AS place
       FROM release_link_roles) AS ordered
WHERE place > %(kept)s AND r.role = ordered.role AND r.id = ordered.id
  AND NOT (starts_with(r.role, '#') AND r.id IN (SELECT id FROM release_link_years WHERE kind = 2))
