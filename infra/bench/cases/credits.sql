-- name: sizes
-- Of the links, of their indexes, and of what is counted of them.
SELECT count(*), pg_table_size('release_links'), pg_indexes_size('release_links'),
       pg_total_relation_size('release_link_years') + pg_total_relation_size('release_link_roles')
FROM release_links

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
