-- name: months
-- From one month to the one before it by the index: there are few of them and many rows. A month whose changes are not
-- counted yet has no counts.
WITH RECURSIVE found (dump) AS (
    (SELECT max(dump) FROM changes WHERE dump < %(before)s)
    UNION ALL
    SELECT (SELECT max(c.dump) FROM changes c WHERE c.dump < found.dump) FROM found WHERE found.dump IS NOT NULL
), months AS (
    SELECT dump FROM found WHERE dump IS NOT NULL
    UNION SELECT dump FROM baselines WHERE dump < %(before)s
    ORDER BY dump DESC LIMIT %(limit)s)
SELECT m.dump, (SELECT max(r.finished_at) FROM runs r WHERE r.dump = m.dump AND r.state = 'done'),
       EXISTS (SELECT FROM baselines b WHERE b.dump = m.dump),
       (SELECT jsonb_agg(jsonb_build_object('entity', c.entity, 'added', c.added, 'changed', c.changed, 'removed', c.removed)
                         ORDER BY c.entity)::text
        FROM month_counts c WHERE c.dump = m.dump)
FROM months m ORDER BY m.dump DESC

-- name: installation
SELECT id FROM installation

-- name: names_of_{entity}
-- for each {entity} {name}: artists name, labels name, masters title, releases title
SELECT id, {name} FROM {entity} WHERE id = ANY(%(ids)s)
UNION ALL
SELECT id, data ->> '{name}' FROM tombstones WHERE entity = '{entity}' AND id = ANY(%(ids)s)
