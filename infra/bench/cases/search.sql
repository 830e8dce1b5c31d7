-- name: words
-- Words of so many entries, drawn by their hash.
SELECT word FROM search_words
WHERE frequency BETWEEN %(least)s AND %(most)s AND length(word) > 2 AND word !~ '^[=0-9]'
ORDER BY hashtext(word) LIMIT %(count)s

-- name: frequent
SELECT word FROM search_words WHERE length(word) > 1 AND word !~ '^[=0-9]' ORDER BY frequency DESC LIMIT %(count)s

-- name: foreign
SELECT word FROM search_words WHERE word ~ '[^\x01-\x7f]' ORDER BY hashtext(word) LIMIT %(count)s

-- name: names
-- Names of several words, drawn by the hash of their id.
SELECT name FROM search_entries_2 WHERE plain LIKE '%% %%' ORDER BY hashint8(id) LIMIT %(count)s

-- name: styles
SELECT style, count(*) FROM (SELECT unnest(styles) AS style FROM masters LIMIT 100000) AS named
GROUP BY style ORDER BY count(*) DESC LIMIT 20

-- name: entries
SELECT count(*) FROM (SELECT FROM search_entries_0 UNION ALL SELECT FROM search_entries_1
                      UNION ALL SELECT FROM search_entries_2 UNION ALL SELECT FROM search_entries_3) AS every

-- name: size
SELECT pg_total_relation_size(%(table)s::text::regclass), pg_indexes_size(%(table)s::text::regclass)

-- name: some_documents
-- Of each entity some, in proportion, without what entries do not look at.
SELECT entity, id, data, year FROM (
    (SELECT 1 AS entity, id, (data - '{profile,urls,data_quality}'::text[])::text AS data, NULL::integer AS year
     FROM artists ORDER BY hashint8(id) LIMIT %(count)s / 3)
    UNION ALL (SELECT 2, id, (data - '{profile,urls,data_quality,contactinfo}'::text[])::text, NULL
               FROM labels ORDER BY hashint8(id) LIMIT %(count)s / 14)
    UNION ALL (SELECT 3, id, (data - '{notes,videos,data_quality,main_release}'::text[])::text, year
               FROM masters ORDER BY hashint8(id) LIMIT %(count)s / 14)
    UNION ALL (SELECT 4, id, (data - '{tracklist,companies,identifiers,notes,videos,series,data_quality,released}'::text[])::text,
                      year
               FROM releases ORDER BY hashint8(id) LIMIT %(count)s / 2)) AS sampled

-- name: index_again_{tier}_key
-- for each {tier}: 0, 1, 2, 3
CREATE UNIQUE INDEX ON search_entries_{tier} (entity, id)

-- name: index_again_{tier}_words
-- for each {tier}: 0, 1, 2, 3
CREATE INDEX ON search_entries_{tier} USING gin (words, facets) WITH (fastupdate = off)

-- name: index_again_{tier}_plain
-- for each {tier}: 0, 1, 2, 3
CREATE INDEX ON search_entries_{tier} (left(plain, 60) COLLATE "C")

-- name: copy_staged
COPY search_staged (entity, id, name, by_line, plain, words, facets, links, master, year) FROM STDIN
