-- In the order of assemble.py. Names of genres, styles and labels are numbers while they are counted: with 19 million
-- releases texts are several times the work.

-- name: mixtures
-- Most releases share their genres and styles with many others.
CREATE TEMP TABLE profile_mixtures ON COMMIT DROP AS
SELECT row_number() OVER ()::integer AS mixture, genres, styles, count(*)::integer AS releases
FROM release_facts GROUP BY genres, styles

-- name: subjects
CREATE TEMP TABLE profile_subjects ON COMMIT DROP AS
SELECT row_number() OVER ()::integer AS code, topic, name
FROM (SELECT 'genre' AS topic, unnest(genres) AS name FROM profile_mixtures
      UNION SELECT 'style', unnest(styles) FROM profile_mixtures) AS named

-- name: hubs
CREATE TEMP TABLE profile_hubs ON COMMIT DROP AS
SELECT id FROM (SELECT id, degree, row_number() OVER (ORDER BY degree DESC, id) AS place FROM degrees WHERE entity = 2) AS d
WHERE degree >= %(hub)s OR place <= %(largest)s

-- name: analyze_names
-- The planner knows nothing of tables that were just made, and would sort where it can look up.
ANALYZE profile_mixtures, profile_subjects, profile_hubs

-- name: coded
CREATE TEMP TABLE profile_coded ON COMMIT DROP AS
WITH genre_codes AS (
    SELECT mixture, array_agg(code) AS codes
    FROM (SELECT mixture, unnest(genres) AS name FROM profile_mixtures) AS m JOIN profile_subjects USING (name)
    WHERE topic = 'genre' GROUP BY mixture
), style_codes AS (
    SELECT mixture, array_agg(code) AS codes
    FROM (SELECT mixture, unnest(styles) AS name FROM profile_mixtures) AS m JOIN profile_subjects USING (name)
    WHERE topic = 'style' GROUP BY mixture
)
SELECT m.genres, m.styles, m.releases, coalesce(g.codes, '{}') AS genre_codes, coalesce(s.codes, '{}') AS style_codes
FROM profile_mixtures m LEFT JOIN genre_codes g USING (mixture) LEFT JOIN style_codes s USING (mixture)

-- name: analyze_coded
ANALYZE profile_coded

-- name: named_releases
CREATE TEMP TABLE profile_named ON COMMIT DROP AS
SELECT c.genre_codes || c.style_codes AS codes, f.year, f.country, f.master, f.labels, f.artists
FROM release_facts f JOIN profile_coded c USING (genres, styles)
WHERE c.genres <> '{}' OR c.styles <> '{}'

-- name: label_releases
CREATE TEMP TABLE profile_labels ON COMMIT DROP AS
SELECT h.id AS label, c.genre_codes || c.style_codes AS codes, f.year, f.country, f.formats, f.artists
FROM (SELECT unnest(labels) AS label, genres, styles, year, country, formats, artists FROM release_facts) AS f
JOIN profile_hubs h ON h.id = f.label JOIN profile_coded c USING (genres, styles)

-- name: analyze
ANALYZE profile_named, profile_labels

-- name: years_and_countries
INSERT INTO profiles_next (topic, name, dimension, value, releases)
SELECT s.topic, s.name, CASE WHEN c.is_year THEN 'year' ELSE 'country' END, coalesce(c.year::text, c.country), c.releases
FROM (SELECT code, year, country, grouping(country) = 1 AS is_year, count(*) AS releases
      FROM (SELECT unnest(codes) AS code, year, country FROM profile_named) AS n
      GROUP BY GROUPING SETS ((code, year), (code, country))) AS c
JOIN profile_subjects s USING (code)
WHERE coalesce(c.year::text, c.country) IS NOT NULL
  AND octet_length(s.name) + octet_length(coalesce(c.year::text, c.country)) <= %(longest)s

-- name: pairs
-- What goes together: styles with styles, genres with genres.
INSERT INTO profiles_next (topic, name, dimension, value, releases)
SELECT a.topic, a.name, b.topic, b.name, p.releases
FROM (SELECT one, other, sum(releases) AS releases
      FROM (SELECT one, unnest(codes) AS other, releases
            FROM (SELECT unnest(genre_codes) AS one, genre_codes AS codes, releases FROM profile_coded
                  UNION ALL SELECT unnest(style_codes), style_codes, releases FROM profile_coded) AS each) AS both_ways
      WHERE one <> other GROUP BY one, other) AS p
JOIN profile_subjects a ON a.code = p.one JOIN profile_subjects b ON b.code = p.other
WHERE octet_length(a.name) + octet_length(b.name) <= %(longest)s

-- name: single_genre_styles
-- A style is one of a genre where a release has this genre alone.
INSERT INTO profiles_next (topic, name, dimension, value, releases)
SELECT 'genre', genres[1], 'style', style, sum(releases)
FROM (SELECT genres, unnest(styles) AS style, releases FROM profile_mixtures WHERE cardinality(genres) = 1) AS m
WHERE octet_length(genres[1]) + octet_length(style) <= %(longest)s GROUP BY 2, 4

-- name: single_genre_genres
INSERT INTO profiles_next (topic, name, dimension, value, releases)
SELECT 'style', value, 'genre', name, releases FROM profiles_next WHERE topic = 'genre' AND dimension = 'style'

-- name: named_{dimension}s
-- for each {dimension} {column}: artist artists, label labels
-- Those with at least two of its releases.
INSERT INTO profiles_next (topic, name, dimension, value, releases)
SELECT s.topic, s.name, '{dimension}', c.id, c.releases
FROM (SELECT code, id, releases, row_number() OVER (PARTITION BY code ORDER BY releases DESC, id) AS place
      FROM (SELECT code, id, count(*) AS releases
            FROM (SELECT code, unnest(ids) AS id
                  FROM (SELECT unnest(codes) AS code, {column} AS ids FROM profile_named) AS n) AS pairs
            GROUP BY code, id HAVING count(*) > 1) AS counted) AS c
JOIN profile_subjects s USING (code) WHERE c.place <= %(most)s

-- name: named_masters
-- Those of which the most versions have the name.
INSERT INTO profiles_next (topic, name, dimension, value, releases)
SELECT s.topic, s.name, 'master', c.master, c.releases
FROM (SELECT code, master, releases, row_number() OVER (PARTITION BY code ORDER BY releases DESC, master) AS place
      FROM (SELECT code, master, count(*) AS releases
            FROM (SELECT unnest(codes) AS code, master FROM profile_named WHERE master IS NOT NULL) AS n
            GROUP BY code, master HAVING count(*) > 1) AS counted) AS c
JOIN profile_subjects s USING (code) WHERE c.place <= %(most)s

-- name: label_{plural}
-- for each {dimension} {plural} {column}: year years year, country countries country, format formats unnest(formats)
INSERT INTO profiles_next (topic, name, dimension, value, releases)
SELECT 'label', label, '{dimension}', value, count(*)
FROM (SELECT label, {column} AS value FROM profile_labels) AS l
WHERE value IS NOT NULL GROUP BY label, value

-- name: label_names
INSERT INTO profiles_next (topic, name, dimension, value, releases)
SELECT 'label', c.label, s.topic, s.name, c.releases
FROM (SELECT label, code, count(*) AS releases
      FROM (SELECT label, unnest(codes) AS code FROM profile_labels) AS l GROUP BY label, code) AS c
JOIN profile_subjects s USING (code)

-- name: label_artists
INSERT INTO profiles_next (topic, name, dimension, value, releases)
SELECT 'label', label, 'artist', id, releases
FROM (SELECT label, id, count(*) AS releases, row_number() OVER (PARTITION BY label ORDER BY count(*) DESC, id) AS place
      FROM (SELECT label, unnest(artists) AS id FROM profile_labels) AS l GROUP BY label, id) AS c
WHERE place <= %(most)s

-- name: index_profiles
ALTER TABLE profiles_next ADD PRIMARY KEY (topic, name, dimension, value)

-- name: analyze_profiles
ANALYZE profiles_next

-- name: months
INSERT INTO month_counts_next (dump, entity, added, changed, removed)
SELECT dump, entity, count(*) FILTER (WHERE kind = 'added'), count(*) FILTER (WHERE kind = 'changed'),
       count(*) FILTER (WHERE kind = 'removed')
FROM changes GROUP BY dump, entity

-- name: first_months
-- The first month has no rows: it brought what there is, less what later months have added and not removed again.
INSERT INTO month_counts_next (dump, entity, added, changed, removed)
SELECT b.dump, b.entity, s.stored - coalesce(sum(m.added - m.removed), 0), 0, 0
FROM baselines b
JOIN (VALUES ('artists', (SELECT count(*) FROM artists)), ('labels', (SELECT count(*) FROM labels)),
             ('masters', (SELECT count(*) FROM masters)), ('releases', (SELECT count(*) FROM releases)))
     AS s (entity, stored) USING (entity)
LEFT JOIN month_counts_next m ON m.entity = b.entity
GROUP BY b.dump, b.entity, s.stored

-- name: index_months
ALTER TABLE month_counts_next ADD PRIMARY KEY (dump, entity)
