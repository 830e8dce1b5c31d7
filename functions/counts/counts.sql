-- name: share
SELECT pg_advisory_xact_lock_shared(%(space)s, hashtext('counts'))

-- name: hold
SELECT pg_advisory_xact_lock(%(space)s, hashtext('counts'))

-- name: version
SELECT counts_version FROM installation

-- name: set_version
UPDATE installation SET counts_version = %(version)s

-- name: write_masters
-- What is staged counts from now on, and what it takes the place of no longer does.
INSERT INTO count_deltas (kind, key, masters)
SELECT kind, key, sum(times)
FROM (SELECT k.kind, k.key, 1 AS times FROM staged_masters s, counted_keys(s.year, NULL, s.genres, s.styles, NULL) AS k
      UNION ALL
      SELECT k.kind, k.key, -1 FROM masters t, counted_keys(t.year, NULL, t.genres, t.styles, NULL) AS k
      WHERE t.id = ANY(%(ids)s)) AS both_sides
GROUP BY kind, key HAVING sum(times) <> 0

-- name: write_releases
INSERT INTO count_deltas (kind, key, releases)
SELECT kind, key, sum(times)
FROM (SELECT k.kind, k.key, 1 AS times
      FROM staged_releases s, counted_keys(s.year, s.country, s.genres, s.styles, s.data) AS k
      UNION ALL
      SELECT k.kind, k.key, -1 FROM releases t, counted_keys(t.year, t.country, t.genres, t.styles, t.data) AS k
      WHERE t.id = ANY(%(ids)s)) AS both_sides
GROUP BY kind, key HAVING sum(times) <> 0

-- name: remove_masters
INSERT INTO count_deltas (kind, key, masters)
SELECT k.kind, k.key, -count(*) FROM masters t, counted_keys(t.year, NULL, t.genres, t.styles, NULL) AS k
WHERE t.id = ANY(%(ids)s) GROUP BY k.kind, k.key

-- name: remove_releases
INSERT INTO count_deltas (kind, key, releases)
SELECT k.kind, k.key, -count(*) FROM releases t, counted_keys(t.year, t.country, t.genres, t.styles, t.data) AS k
WHERE t.id = ANY(%(ids)s) GROUP BY k.kind, k.key

-- name: years_of_masters
INSERT INTO count_deltas (kind, key, masters)
SELECT 'year', key, times FROM unnest(%(years)s::text[], %(times)s::integer[]) AS changed (key, times)

-- name: years_of_releases
INSERT INTO count_deltas (kind, key, releases)
SELECT 'year', key, times FROM unnest(%(years)s::text[], %(times)s::integer[]) AS changed (key, times)

-- name: fold
WITH taken AS (DELETE FROM count_deltas RETURNING *)
INSERT INTO counts AS known (kind, key, releases, masters)
SELECT kind, key, sum(releases), sum(masters) FROM taken GROUP BY kind, key
ON CONFLICT (kind, key) DO UPDATE
SET releases = known.releases + excluded.releases, masters = known.masters + excluded.masters

-- name: drop_empty
DELETE FROM counts WHERE releases = 0 AND masters = 0

-- name: count_all
-- What `counted_keys` says of each record, with which it must agree, but of equal records once: 5.5 instead of 8 µs a
-- release, on one core. What PostgreSQL would share among cores (a function that is called, or one without subqueries)
-- took nearly twice the work.
INSERT INTO counts (kind, key, releases, masters)
WITH genred AS (
    SELECT genres, styles, count(*) AS releases, 0 AS masters FROM releases GROUP BY genres, styles
    UNION ALL SELECT genres, styles, 0, count(*) FROM masters GROUP BY genres, styles
), named AS (
    SELECT 'format' AS kind, jsonb_path_query_array(data, '$.formats[*].name') AS keys, count(*) AS releases
    FROM releases GROUP BY 2
    UNION ALL
    SELECT 'label', jsonb_path_query_array(data, '$.labels[*].id ? (@ != 0)'), count(*) FROM releases GROUP BY 2
), counted AS (
    SELECT k.kind, k.key, t.releases, t.masters
    FROM genred t, counted_keys(NULL, NULL, t.genres, t.styles, NULL) AS k
    UNION ALL
    SELECT t.kind, k.key, t.releases, 0
    FROM named t, LATERAL (SELECT DISTINCT key FROM jsonb_array_elements_text(t.keys) AS key WHERE key IS NOT NULL) AS k
    UNION ALL SELECT 'country', country, count(*), 0 FROM releases WHERE country IS NOT NULL GROUP BY country
    UNION ALL SELECT 'year', year::text, count(*), 0 FROM releases WHERE year IS NOT NULL GROUP BY year
    UNION ALL SELECT 'year', year::text, 0, count(*) FROM masters WHERE year IS NOT NULL GROUP BY year
)
SELECT kind, key, sum(releases), sum(masters) FROM counted GROUP BY kind, key

-- name: analyze
ANALYZE counts

-- name: forget_deltas
DELETE FROM count_deltas

-- name: forget_counts
DELETE FROM counts

-- name: part_of
SELECT key FROM counts WHERE kind = 'part_of'

-- name: largest
-- As many releases: by name.
SELECT key, NULL AS name, releases, masters FROM counts WHERE kind = %(kind)s
ORDER BY releases DESC, plain_text(key) COLLATE people, key LIMIT %(limit)s

-- name: largest_labels
-- Those that have as many releases as the last one are taken as well, to be sorted by name: at the head of millions they are few.
WITH least AS (
    SELECT releases FROM counts WHERE kind = 'label' ORDER BY releases DESC, key OFFSET %(limit)s - 1 LIMIT 1
), taken AS (
    SELECT key, releases, masters FROM counts
    WHERE kind = 'label' AND releases >= coalesce((SELECT releases FROM least), 0)
    ORDER BY releases DESC, key LIMIT 10000
)
SELECT c.key, l.name, c.releases, c.masters
FROM taken c LEFT JOIN labels l ON l.id = c.key::bigint
WHERE NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = c.key::bigint)
ORDER BY c.releases DESC, plain_text(left(l.name, 200)) COLLATE people, c.key::bigint LIMIT %(limit)s

-- name: by_name
SELECT key, NULL AS name, releases, masters FROM counts
WHERE kind = %(kind)s
  AND (plain_text(left(key, 200)) COLLATE people, key) > (plain_text(left(%(name)s, 200)) COLLATE people, %(key)s)
ORDER BY plain_text(left(key, 200)) COLLATE people, key LIMIT %(limit)s

-- name: labels_by_name
SELECT c.key, l.name, c.releases, c.masters
FROM labels l JOIN counts c ON c.kind = 'label' AND c.key = l.id::text
WHERE (plain_text(left(l.name, 200)) COLLATE people, l.id) > (plain_text(left(%(name)s, 200)) COLLATE people, %(key)s::bigint)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = l.id)
ORDER BY plain_text(left(l.name, 200)) COLLATE people, l.id LIMIT %(limit)s

-- name: order
SELECT collprovider::text FROM pg_collation WHERE oid = to_regcollation('people')
