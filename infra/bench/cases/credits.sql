-- name: sizes
-- Of the links, of their indexes, and of what is counted of them.
SELECT count(*), pg_table_size('release_links'), pg_indexes_size('release_links'),
       pg_total_relation_size('release_link_years') + pg_total_relation_size('release_link_roles')
FROM release_links

-- name: hub
-- Somebody whom every release names, as an artist, on a track and in a credit.
INSERT INTO release_links (id, release, master, kind, year, categories, roles)
SELECT %(id)s, f.id, f.master, kind, coalesce(f.year, 0), CASE WHEN kind = 2 THEN 4 ELSE 0 END,
       CASE WHEN kind = 2 THEN 'Bass' END
FROM release_facts AS f, generate_series(0, 2) AS kind

-- name: hub_moved
INSERT INTO release_link_moves (id, kind) SELECT %(id)s, generate_series(0, 2)

-- name: hub_artist
INSERT INTO artists (id, hash, dump, name, data)
SELECT %(id)s, hash, dump, 'Somebody everywhere', data FROM artists LIMIT 1

-- name: people
-- Drawn by a hash of the id, so that they are the same each time.
SELECT id FROM release_links WHERE kind = 2 GROUP BY id ORDER BY hashint8(id), id LIMIT %(limit)s

-- name: hubs
SELECT id FROM release_links WHERE kind <= 2 GROUP BY id ORDER BY count(*) DESC, id LIMIT %(limit)s

-- name: records
-- By the table of releases: to sort all links takes minutes where there are 20 million. The hub is on each of them.
SELECT id FROM release_facts ORDER BY hashint8(id), id LIMIT %(limit)s

-- name: pairs
SELECT min(l.id), max(l.id)
FROM (SELECT id FROM release_facts ORDER BY hashint8(id), id LIMIT 10 * %(limit)s) AS drawn
JOIN release_links AS l ON l.release = drawn.id AND l.kind = 2
GROUP BY l.release HAVING min(l.id) < max(l.id) ORDER BY hashint8(l.release), l.release LIMIT %(limit)s

-- name: roles
SELECT role FROM release_link_roles WHERE role !~ '^#' GROUP BY role ORDER BY sum(releases) DESC, role LIMIT %(limit)s
