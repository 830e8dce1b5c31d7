-- name: baselines
SELECT entity, dump FROM baselines WHERE entity = ANY(%(entities)s)

-- name: months
-- From one month of one entity to the next by the index: there are few of them and many rows.
WITH RECURSIVE found (dump, entity) AS (
    (SELECT dump, entity FROM changes WHERE dump >= %(since)s ORDER BY dump, entity LIMIT 1)
    UNION ALL
    SELECT next.dump, next.entity
    FROM found, LATERAL (SELECT c.dump, c.entity FROM changes c WHERE (c.dump, c.entity) > (found.dump, found.entity)
                         ORDER BY c.dump, c.entity LIMIT 1) AS next)
SELECT dump, entity FROM found WHERE entity = ANY(%(entities)s)

-- name: rows
-- Suppressed records are left out. What had changed in a record that is gone is part of what it was. Which rows these
-- are is read of the index alone: of a month with many changes few may be of the kind.
SELECT c.id, c.kind,
       CASE WHEN c.kind = 'changed' AND (%(removed)s OR NOT EXISTS (
           SELECT FROM tombstones t WHERE t.entity = c.entity AND t.id = c.id)) THEN c.patch::text END
FROM (SELECT m.id FROM changes m
      WHERE m.dump = %(dump)s AND m.entity = %(entity)s AND m.id > %(after)s
        AND (%(kind)s::text IS NULL OR m.kind = %(kind)s)
        AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = m.entity AND s.id = m.id)
      ORDER BY m.id LIMIT %(limit)s) AS found
JOIN changes c ON c.entity = %(entity)s AND c.id = found.id AND c.dump = %(dump)s
ORDER BY c.id

-- name: counts
SELECT kind, count(*) FROM changes WHERE dump = %(dump)s AND entity = %(entity)s GROUP BY kind

-- name: balance
-- By how many records all later months have made the table larger.
SELECT count(*) FILTER (WHERE kind = 'added') - count(*) FILTER (WHERE kind = 'removed')
FROM changes WHERE entity = %(entity)s

-- name: stored_{entity}
-- for each {entity}: artists, labels, masters, releases
SELECT count(*) FROM {entity}

-- name: first_{entity}
-- for each {entity}: artists, labels, masters, releases
-- What the first month brought: records that no later month touched, and those of which the first thing known is not
-- that they were added. Both halves are read in the order of their ids, no further than a page needs.
(SELECT t.id FROM {entity} t
 WHERE t.id > %(after)s
   AND NOT EXISTS (SELECT FROM changes c WHERE c.entity = '{entity}' AND c.id = t.id AND c.id > %(after)s)
   AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = '{entity}' AND s.id = t.id)
 ORDER BY t.id LIMIT %(limit)s)
UNION ALL
(SELECT id FROM (SELECT DISTINCT ON (id) id, kind FROM changes WHERE entity = '{entity}' AND id > %(after)s
                 ORDER BY id, dump) AS first
 WHERE kind <> 'added' AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = '{entity}' AND s.id = first.id)
 ORDER BY id LIMIT %(limit)s)
ORDER BY id LIMIT %(limit)s
