-- name: ready
-- What is behind is made by itself: it is no difference.
SELECT count(*) = 2 AND NOT EXISTS (SELECT FROM document_changes)
FROM derivations WHERE name IN ('release-facts', 'profiles') AND NOT building AND caught_up_at IS NOT NULL

-- name: rows
SELECT count(*) FROM profiles
WHERE CASE WHEN %(dimension)s::text IS NULL
           THEN dimension NOT IN ('year', 'country', 'format', 'genre', 'style', 'artist', 'label', 'master')
           ELSE dimension = %(dimension)s END

-- name: differences
-- Of one dimension, what is stored and what the facts say, where they differ. A release counts for each name that it has
-- and each value; styles of a genre, and genres of a style, where it has one genre alone. Two names of together more than 2,500
-- bytes are not counted, as no index takes them.
WITH hubs AS (
    SELECT label::text AS name FROM release_facts f CROSS JOIN LATERAL unnest(f.labels) AS label
    GROUP BY label HAVING count(*) >= %(hub)s
    UNION
    (SELECT l.id::text FROM release_facts f CROSS JOIN LATERAL unnest(f.labels) AS l (id)
     GROUP BY l.id ORDER BY count(*) DESC, l.id LIMIT %(largest)s)
), named AS (
    SELECT t.topic, t.name, v.value
    FROM release_facts f
    CROSS JOIN LATERAL (
        SELECT 'genre' AS topic, genre AS name FROM unnest(f.genres) AS genre
        UNION ALL SELECT 'style', style FROM unnest(f.styles) AS style
        UNION ALL SELECT 'label', label::text FROM unnest(f.labels) AS label WHERE label::text IN (SELECT name FROM hubs)) AS t
    CROSS JOIN LATERAL (
        SELECT value FROM unnest(CASE %(dimension)s::text
            WHEN 'year' THEN ARRAY[f.year::text] WHEN 'country' THEN ARRAY[f.country] WHEN 'master' THEN ARRAY[f.master::text]
            WHEN 'format' THEN f.formats WHEN 'genre' THEN f.genres WHEN 'style' THEN f.styles
            WHEN 'artist' THEN f.artists::text[] WHEN 'label' THEN f.labels::text[] END) AS value
        WHERE value IS NOT NULL) AS v
    WHERE CASE WHEN t.topic = 'label' THEN %(dimension)s NOT IN ('label', 'master')
               WHEN t.topic = %(dimension)s THEN t.name <> v.value
               WHEN %(dimension)s IN ('genre', 'style') THEN cardinality(f.genres) = 1
               ELSE %(dimension)s <> 'format' END
), counted AS (
    SELECT topic, name, value, count(*) AS releases FROM named GROUP BY topic, name, value
), expected AS (
    SELECT topic, name, value, releases
    FROM (SELECT *, rank() OVER (PARTITION BY topic, name ORDER BY releases DESC,
                 CASE WHEN %(dimension)s IN ('artist', 'label', 'master') THEN value::bigint END) AS place
          FROM counted
          WHERE topic = 'label' OR %(dimension)s NOT IN ('artist', 'label', 'master') OR releases >= 2) AS c
    WHERE (%(dimension)s NOT IN ('artist', 'label', 'master') OR place <= %(most)s)
      AND octet_length(name) + octet_length(value) <= 2500
), stored AS (SELECT topic, name, value, releases FROM profiles WHERE dimension = %(dimension)s)
SELECT coalesce(s.topic, e.topic), coalesce(s.name, e.name), coalesce(s.value, e.value), s.releases, e.releases
FROM stored s FULL JOIN expected e ON (e.topic, e.name, e.value) = (s.topic, s.name, s.value)
WHERE s.releases IS DISTINCT FROM e.releases
ORDER BY 1, 2, 3 LIMIT 1000

-- name: months
-- The first month of an entity has brought every record of which the first thing known is not that it was added.
WITH known AS (
    SELECT 'artists' AS entity, id FROM artists UNION ALL SELECT 'labels', id FROM labels
    UNION ALL SELECT 'masters', id FROM masters UNION ALL SELECT 'releases', id FROM releases
    UNION SELECT entity, id FROM changes
), first AS (
    SELECT DISTINCT ON (entity, id) entity, id, kind FROM changes ORDER BY entity, id, dump
), expected AS (
    SELECT dump, entity, array_agg(releases ORDER BY kind) AS counts
    FROM (SELECT dump, entity, k.kind, count(c.kind) FILTER (WHERE c.kind = k.kind) AS releases
          FROM changes c CROSS JOIN (VALUES ('added'), ('changed'), ('removed')) AS k (kind)
          GROUP BY dump, entity, k.kind) AS each
    GROUP BY dump, entity
    UNION ALL
    SELECT b.dump, b.entity,
           ARRAY[(SELECT count(*) FROM known k LEFT JOIN first f USING (entity, id)
                  WHERE k.entity = b.entity AND f.kind IS DISTINCT FROM 'added'), 0, 0]
    FROM baselines b
), stored AS (SELECT dump, entity, ARRAY[added, changed, removed] AS counts FROM month_counts)
SELECT coalesce(s.dump, e.dump)::text, coalesce(s.entity, e.entity), s.counts, e.counts
FROM stored s FULL JOIN expected e ON (e.dump, e.entity) = (s.dump, s.entity)
WHERE s.counts IS DISTINCT FROM e.counts
ORDER BY 1, 2 LIMIT 1000
