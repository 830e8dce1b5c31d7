-- name: largest_genres
SELECT key FROM counts WHERE kind = 'genre' ORDER BY releases DESC, key LIMIT 8

-- name: of_genres
-- Artists or masters with the most releases of each of these genres.
SELECT name, value::bigint, releases
FROM (SELECT name, value, releases, row_number() OVER (PARTITION BY name ORDER BY releases DESC, value::bigint) AS place
      FROM profiles WHERE topic = 'genre' AND name = ANY(%(genres)s::text[]) AND dimension = %(dimension)s) AS p
WHERE place <= 8
ORDER BY array_position(%(genres)s::text[], name), place

-- name: longest_labels
-- Large labels by in how many years something came out.
SELECT name::bigint, count(*), min(value::integer), max(value::integer) FROM profiles
WHERE topic = 'label' AND dimension = 'year'
GROUP BY name ORDER BY count(*) DESC, sum(releases) DESC, name::bigint LIMIT 12

-- name: grown_styles
-- Styles by how many times the releases of ten years are those of the ten years before; few would be chance.
SELECT name, last, before
FROM (SELECT name, coalesce(sum(releases) FILTER (WHERE value::integer > %(year)s - 10), 0) AS last,
             coalesce(sum(releases) FILTER (WHERE value::integer <= %(year)s - 10), 0) AS before
      FROM profiles
      WHERE topic = 'style' AND dimension = 'year' AND value::integer > %(year)s - 20 AND value::integer <= %(year)s
      GROUP BY name) AS years
WHERE before >= 20 AND last > before
ORDER BY last::float8 / before DESC, name LIMIT 4

-- name: artists
SELECT id, name FROM artists t
WHERE id = ANY(%(ids)s::bigint[]) AND name IS NOT NULL
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'artists' AND s.id = t.id)

-- name: labels
SELECT id, name FROM labels t
WHERE id = ANY(%(ids)s::bigint[]) AND name IS NOT NULL
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = t.id)

-- name: masters
SELECT id, title FROM masters t
WHERE id = ANY(%(ids)s::bigint[]) AND title IS NOT NULL
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'masters' AND s.id = t.id)
