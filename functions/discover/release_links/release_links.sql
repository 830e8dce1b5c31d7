-- name: newest_first
SELECT kind, release, master, year, roles FROM release_links AS l
WHERE id = %(id)s AND kind = %(kind)s AND (year, release) < (%(year)s, %(release)s)
  AND year <= %(last)s AND (year >= %(first)s OR %(with_unknown)s)
  AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = l.release)
ORDER BY year DESC, release DESC LIMIT %(limit)s

-- name: oldest_first
-- First those whose year is known, then the others.
SELECT kind, release, master, year, roles FROM (
    (SELECT * FROM release_links AS l
     WHERE id = %(id)s AND kind = %(kind)s AND (year, release) > (%(year)s, %(release)s)
       AND year BETWEEN %(first)s AND %(last)s AND NOT %(is_unknown)s
       AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = l.release)
     ORDER BY year, release LIMIT %(limit)s)
    UNION ALL
    (SELECT * FROM release_links AS l
     WHERE id = %(id)s AND kind = %(kind)s AND year = 0 AND release > %(unknown_release)s AND %(with_unknown)s
       AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = l.release)
     ORDER BY release LIMIT %(limit)s)) AS l
ORDER BY year = 0, year, release LIMIT %(limit)s

-- name: years_of_hub
SELECT kind, year, releases FROM release_link_years WHERE id = %(id)s AND kind = ANY(%(kinds)s)

-- name: years
SELECT kind, year, count(*) FROM release_links AS l
WHERE id = %(id)s AND kind = ANY(%(kinds)s)
  AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = l.release)
GROUP BY kind, year

-- name: hub_kinds
SELECT DISTINCT kind FROM release_link_years WHERE id = %(id)s

-- name: on
SELECT release, id, kind, roles FROM release_links WHERE release = ANY(%(releases)s)

-- name: state
-- Whether there are links, or will be once they were made; whether they are those of all documents.
SELECT version IS NOT NULL AND NOT (building AND NOT EXISTS (SELECT FROM release_links)),
       caught_up_at IS NOT NULL AND NOT EXISTS (SELECT FROM document_changes WHERE entity = 4)
FROM derivations WHERE name = 'release-links'
