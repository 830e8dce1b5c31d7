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
SELECT release FROM release_links WHERE kind = 2 GROUP BY release ORDER BY hashint8(release), release LIMIT %(limit)s

-- name: pairs
SELECT min(id), max(id) FROM release_links WHERE kind = 2 GROUP BY release HAVING min(id) < max(id)
ORDER BY hashint8(release), release LIMIT %(limit)s

-- name: roles
SELECT role FROM release_link_roles WHERE role !~ '^#' GROUP BY role ORDER BY sum(releases) DESC, role LIMIT %(limit)s
