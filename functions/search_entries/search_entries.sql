-- name: note_gone
-- Whose document is gone has no row among those that were written.
INSERT INTO search_staged (entity, id) SELECT %(entity)s, unnest(%(ids)s::bigint[]) ON CONFLICT DO NOTHING

-- name: batch
CREATE TEMP TABLE search_batch ON COMMIT DROP AS
SELECT s.entity, s.id, s.name, s.by_line, s.plain, s.words, s.links,
       search_first_year(s.facets, coalesce(m.year, s.year)) AS facets, s.writer
FROM (SELECT *, xmin AS writer FROM search_staged ORDER BY entity, id LIMIT %(most)s) AS s LEFT JOIN masters m ON m.id = s.master

-- name: gone
-- What the batch takes the place of, and where it was.
CREATE TEMP TABLE search_gone (entity smallint, id bigint, tier integer, words tsvector, facets integer[]) ON COMMIT DROP

-- name: drop_staged
-- One that was written while the batch was put into its place stays.
DELETE FROM search_staged s USING search_batch b WHERE b.entity = s.entity AND b.id = s.id AND b.writer = s.xmin

-- name: drop_{tier}
-- for each {tier}: 0, 1, 2, 3
WITH gone AS (DELETE FROM search_entries_{tier} e USING search_batch b WHERE b.entity = e.entity AND b.id = e.id
              RETURNING e.entity, e.id, e.words, e.facets)
INSERT INTO search_gone (entity, id, tier, words, facets) SELECT entity, id, {tier}, words, facets FROM gone

-- name: place
-- An entry stays where it was while it is not clearly beyond the bounds.
CREATE TEMP TABLE search_placed ON COMMIT DROP AS
SELECT b.*, p.prior, CASE WHEN search_stays(g.tier, p.prior) THEN g.tier ELSE search_tier(p.prior) END AS tier
FROM search_batch b LEFT JOIN search_gone g ON g.entity = b.entity AND g.id = b.id
     LEFT JOIN degrees d ON d.entity = b.entity AND d.id = b.id,
     LATERAL (SELECT search_prior(b.entity, coalesce(d.degree, 0), b.links) AS prior OFFSET 0) AS p
WHERE b.name IS NOT NULL

-- name: put_{tier}
-- for each {tier}: 0, 1, 2, 3
INSERT INTO search_entries_{tier} (entity, prior, links, id, name, by_line, plain, words, facets)
SELECT entity, prior, links, id, name, by_line, plain, words, facets FROM search_placed WHERE tier = {tier}
ORDER BY entity, id

-- name: drop_sampled
DELETE FROM search_sample e USING search_batch b WHERE b.entity = e.entity AND b.id = e.id

-- name: put_sampled
INSERT INTO search_sample (entity, id, words, facets)
SELECT entity, id, words, facets FROM search_placed WHERE search_in_sample(id) ORDER BY entity, id

-- name: other_years
-- Releases of masters whose year is another one now.
CREATE TEMP TABLE search_other_years ON COMMIT DROP AS
SELECT r.id, coalesce(c.year, r.year) AS year
FROM (SELECT b.id, m.year FROM search_batch b LEFT JOIN search_gone g ON g.entity = b.entity AND g.id = b.id
      LEFT JOIN masters m ON m.id = b.id
      WHERE b.entity = 3 AND search_year(g.facets) IS DISTINCT FROM m.year) AS c,
     LATERAL (SELECT id, year FROM releases WHERE (data ->> 'master_id')::bigint = c.id OFFSET 0) AS r

-- name: date_{table}
-- for each {table}: entries_0, entries_1, entries_2, entries_3, sample
UPDATE search_{table} e SET facets = search_first_year(search_without_first_year(e.facets), y.year)
FROM search_other_years y WHERE e.entity = 4 AND e.id = y.id
  AND e.facets <> search_first_year(search_without_first_year(e.facets), y.year)

-- name: count_changes
-- In how many entries each word of the batch stands now; those that the vocabulary lacked.
INSERT INTO search_words AS w (word, frequency)
SELECT word, sum(change) FROM (
    SELECT word, ndoc AS change FROM ts_stat('SELECT words FROM pg_temp.search_batch WHERE words IS NOT NULL', 'abcd')
    UNION ALL SELECT word, -ndoc FROM ts_stat('SELECT words FROM pg_temp.search_gone', 'abcd')) AS changed
GROUP BY word HAVING sum(change) <> 0 ORDER BY word
ON CONFLICT (word) DO UPDATE SET frequency = greatest(w.frequency + excluded.frequency, 0)
RETURNING word, xmax = 0

-- name: copy_new_deletes
COPY search_deletes (key, word) FROM STDIN

-- name: moves
CREATE TEMP TABLE search_moves ON COMMIT DROP AS
WITH taken AS (DELETE FROM degree_moves WHERE (entity, id) IN
                   (SELECT entity, id FROM degree_moves ORDER BY entity, id LIMIT %(most)s)
               RETURNING entity, id)
SELECT t.entity, t.id, coalesce(d.degree, 0) AS degree
FROM taken t LEFT JOIN degrees d ON d.entity = t.entity AND d.id = t.id

-- name: moved
CREATE TEMP TABLE search_moved (LIKE search_entries_0) ON COMMIT DROP

-- name: take_{tier}
-- for each {tier}: 0, 1, 2, 3
-- Those that leave this table: a little beyond its bounds they stay, so that they do not go to and fro.
WITH gone AS (
    DELETE FROM search_entries_{tier} e USING search_moves m
    WHERE m.entity = e.entity AND m.id = e.id
      AND NOT search_stays({tier}, search_prior(e.entity, m.degree, e.links))
    RETURNING e.entity, search_prior(e.entity, m.degree, e.links), e.links, e.id, e.name, e.by_line, e.plain, e.words,
              e.facets)
INSERT INTO search_moved SELECT * FROM gone

-- name: weigh_{tier}
-- for each {tier}: 0, 1, 2, 3
UPDATE search_entries_{tier} e SET prior = search_prior(e.entity, m.degree, e.links)
FROM search_moves m
WHERE m.entity = e.entity AND m.id = e.id AND e.prior <> search_prior(e.entity, m.degree, e.links)

-- name: put_moved_{tier}
-- for each {tier}: 0, 1, 2, 3
INSERT INTO search_entries_{tier} SELECT * FROM search_moved WHERE search_tier(prior) = {tier} ORDER BY entity, id
