-- name: memory
SELECT set_config('maintenance_work_mem', %(indexing)s, true), set_config('work_mem', %(sorting)s, true)

-- name: begin
-- While they are filled, the tables are parts of this one, so that what is staged is read and ordered once.
CREATE TABLE search_entries_next (LIKE search_entries_0) PARTITION BY LIST ((search_tier(prior)))

-- name: leave_room_{tier}
-- for each {tier}: 0, 1, 2, 3
-- A prior that changes finds room in its page.
ALTER TABLE search_entries_{tier}_next SET (fillfactor = 90)

-- name: join_{tier}
-- for each {tier}: 0, 1, 2, 3
ALTER TABLE search_entries_next ATTACH PARTITION search_entries_{tier}_next FOR VALUES IN ({tier})

-- name: fill
INSERT INTO search_entries_next (entity, prior, links, id, name, by_line, plain, words, facets)
SELECT s.entity, p.prior, s.links, s.id, s.name, s.by_line, s.plain, s.words,
       search_first_year(s.facets, coalesce(m.year, s.year))
FROM search_staged_next s LEFT JOIN degrees d ON d.entity = s.entity AND d.id = s.id
     LEFT JOIN masters m ON m.id = s.master,
     LATERAL (SELECT search_prior(s.entity, coalesce(d.degree, 0), s.links) AS prior OFFSET 0) AS p
WHERE s.name IS NOT NULL
ORDER BY p.prior DESC, s.entity, s.id

-- name: part_{tier}
-- for each {tier}: 0, 1, 2, 3
ALTER TABLE search_entries_next DETACH PARTITION search_entries_{tier}_next

-- name: end
DROP TABLE search_entries_next

-- name: index_key_{tier}
-- for each {tier}: 0, 1, 2, 3
CREATE UNIQUE INDEX search_entries_{tier}_next_pkey ON search_entries_{tier}_next (entity, id)

-- name: index_words_{tier}
-- for each {tier}: 0, 1, 2, 3
CREATE INDEX search_entries_{tier}_next_words ON search_entries_{tier}_next USING gin (words, facets) WITH (fastupdate = off)

-- name: index_plain_{tier}
-- for each {tier}: 0, 1, 2, 3
CREATE INDEX search_entries_{tier}_next_plain ON search_entries_{tier}_next (left(plain, 60) COLLATE "C")

-- name: keyed_{tier}
-- for each {tier}: 0, 1, 2, 3
ALTER TABLE search_entries_{tier}_next ADD PRIMARY KEY USING INDEX search_entries_{tier}_next_pkey

-- name: analyze_{tier}
-- for each {tier}: 0, 1, 2, 3
ANALYZE search_entries_{tier}_next

-- name: fill_sample_{tier}
-- for each {tier}: 0, 1, 2, 3
INSERT INTO search_sample_next (entity, id, words, facets)
SELECT entity, id, words, facets FROM search_entries_{tier}_next WHERE search_in_sample(id)

-- name: index_sample
ALTER TABLE search_sample_next ADD PRIMARY KEY (entity, id)

-- name: index_sample_words
CREATE INDEX search_sample_next_words ON search_sample_next USING gin (words, facets) WITH (fastupdate = off)

-- name: analyze_sample
ANALYZE search_sample_next

-- name: count_words
-- Words that have a place, and so a weight: nobody types the keys of whole names.
INSERT INTO search_words_next (word, frequency)
SELECT word, ndoc FROM ts_stat($$SELECT words FROM search_entries_0_next UNION ALL SELECT words FROM search_entries_1_next
    UNION ALL SELECT words FROM search_entries_2_next UNION ALL SELECT words FROM search_entries_3_next$$, 'abcd')

-- name: index_vocabulary
ALTER TABLE search_words_next ADD PRIMARY KEY (word)

-- name: vocabulary
SELECT word FROM search_words_next WHERE word > %(after)s ORDER BY word LIMIT %(limit)s

-- name: copy_deletes
COPY search_deletes_next (key, word) FROM STDIN

-- name: index_deletes
CREATE INDEX search_deletes_next_key ON search_deletes_next (key)
