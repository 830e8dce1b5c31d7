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
