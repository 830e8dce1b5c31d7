-- name: seed
SELECT setseed(0.5)

-- name: facts
-- Facts as skewed as those of the dumps: a few styles, artists and labels have most releases, one artist a twelfth and one
-- label a thirtieth of all; a style belongs to one of fifteen genres, and one release in four has a second genre.
INSERT INTO release_facts (id, year, country, master, formats, labels, genres, styles, artists, credited)
SELECT n, CASE WHEN r[1] < 0.9 THEN 2025 - floor(75 * r[2] ^ 1.5) END, 'Country ' || floor(150 * r[3] ^ 4),
       CASE WHEN r[4] < 0.6 THEN 1 + floor(%(releases)s * 0.13 * r[5] ^ 1.5) END,
       ARRAY['Format ' || floor(12 * r[6] ^ 3)],
       CASE WHEN r[7] < 0.03 THEN ARRAY[1] ELSE ARRAY[2 + floor(%(releases)s * 0.12 * r[8] ^ 2.5)::bigint] END,
       CASE WHEN r[9] < 0.75 THEN ARRAY['Genre ' || g] ELSE ARRAY['Genre ' || g, 'Genre ' || (g + 1) %% 15] END,
       CASE WHEN r[10] < 0.5 THEN ARRAY['Style ' || s] WHEN r[10] < 0.8 THEN ARRAY['Style ' || s, 'Style ' || (s + 1) %% 600]
            ELSE ARRAY['Style ' || s, 'Style ' || (s + 1) %% 600, 'Style ' || (s + 7) %% 600] END,
       CASE WHEN r[11] < 0.08 THEN ARRAY[194]
            WHEN r[11] < 0.85 THEN ARRAY[1000 + floor(%(releases)s * 0.55 * r[12] ^ 2)::bigint]
            ELSE ARRAY[1000 + floor(%(releases)s * 0.55 * r[12] ^ 2)::bigint, 999 - floor(500 * r[13])::bigint] END, '{}'
FROM generate_series(1, %(releases)s) AS n,
     LATERAL (SELECT array_agg(random()) AS r FROM generate_series(1, 15) WHERE n > 0) AS x,
     LATERAL (SELECT floor(15 * r[14] ^ 2)::integer AS g) AS y, LATERAL (SELECT g * 40 + floor(40 * r[15] ^ 2)::integer AS s) AS z

-- name: degrees
INSERT INTO degrees (entity, id, degree)
SELECT 2, label, count(*) FROM (SELECT unnest(labels) AS label FROM release_facts) AS f GROUP BY label

-- name: analyze
ANALYZE release_facts

-- name: sizes
SELECT count(*), pg_total_relation_size('profiles') FROM profiles
