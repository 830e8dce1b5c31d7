-- name: settings
-- A sequential scan of a table of millions is never right here; what is not found in time is left out.
SELECT set_config('enable_seqscan', 'off', true), set_config('statement_timeout', %(milliseconds)s, true)

-- name: find
-- The best known table by table: the server asks the next one while there is too little. In the first all that match are
-- ordered, in the others so many: a word that is in very many tells little about each.
(SELECT entity, id, prior, name, by_line, plain FROM search_entries_0 WHERE words @@ %(query)s::tsquery {filters}
 ORDER BY prior DESC, entity, id LIMIT %(most)s)
UNION ALL (SELECT * FROM (SELECT entity, id, prior, name, by_line, plain FROM search_entries_1
                          WHERE words @@ %(query)s::tsquery {filters} LIMIT %(candidates)s) AS found
           ORDER BY prior DESC, entity, id LIMIT %(most)s)
UNION ALL (SELECT * FROM (SELECT entity, id, prior, name, by_line, plain FROM search_entries_2
                          WHERE words @@ %(query)s::tsquery {filters} LIMIT %(candidates)s) AS found
           ORDER BY prior DESC, entity, id LIMIT %(most)s)
UNION ALL (SELECT * FROM (SELECT entity, id, prior, name, by_line, plain FROM search_entries_3
                          WHERE words @@ %(query)s::tsquery {filters} LIMIT %(candidates)s) AS found
           ORDER BY prior DESC, entity, id LIMIT %(most)s)
LIMIT %(most)s

-- name: exact
-- Of this name, and of its words in any order.
SELECT entity, id, prior, name, by_line, plain FROM (
    SELECT * FROM search_entries_0 WHERE left(plain, 60) COLLATE "C" = left(%(plain)s, 60) AND plain = %(plain)s {filters}
    UNION ALL SELECT * FROM search_entries_1
    WHERE left(plain, 60) COLLATE "C" = left(%(plain)s, 60) AND plain = %(plain)s {filters}
    UNION ALL SELECT * FROM search_entries_2
    WHERE left(plain, 60) COLLATE "C" = left(%(plain)s, 60) AND plain = %(plain)s {filters}
    UNION ALL (SELECT * FROM search_entries_3
               WHERE left(plain, 60) COLLATE "C" = left(%(plain)s, 60) AND plain = %(plain)s {filters} LIMIT %(candidates)s)
) AS found ORDER BY prior DESC, entity, id LIMIT %(most)s

-- name: facets_{tier}
-- for each {tier}: 0, 1, 2, 3
SELECT facets FROM search_entries_{tier} WHERE words @@ %(query)s::tsquery {filters} LIMIT %(candidates)s

-- name: by_facets
AND facets @> %(facets)s::integer[]

-- name: by_any
AND facets && %(any)s::integer[]

-- name: by_none
AND NOT facets && %(none)s::integer[]

-- name: similar_words
-- Words of the vocabulary that share a rest with one that was typed.
SELECT d.word, v.frequency FROM search_deletes d JOIN search_words v ON v.word = d.word
WHERE d.key = ANY(%(keys)s) GROUP BY d.word, v.frequency ORDER BY v.frequency DESC LIMIT 200

-- name: known
SELECT word, frequency FROM search_words WHERE word = ANY(%(words)s)

-- name: documents
-- What tells hits apart, of those that have a document still.
SELECT 1, id, NULL::integer AS year, NULL::text AS country, NULL::text AS label, NULL::text AS format
FROM artists r WHERE id = ANY(%(artists)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'artists' AND s.id = r.id)
UNION ALL SELECT 2, id, NULL, NULL, NULL, NULL FROM labels r WHERE id = ANY(%(labels)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = r.id)
UNION ALL SELECT 3, id, year, NULL, NULL, NULL FROM masters r WHERE id = ANY(%(masters)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'masters' AND s.id = r.id)
UNION ALL SELECT 4, id, year, country, data #>> '{labels,0,name}', data #>> '{formats,0,name}'
          FROM releases r WHERE id = ANY(%(releases)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = r.id)

-- name: facet_names
-- Every value that a facet may have, but for labels.
SELECT kind, key FROM counts WHERE kind IN ('genre', 'style', 'country', 'format')

-- name: label_names
SELECT id, name FROM labels r WHERE id = ANY(%(ids)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = r.id)

-- name: prefix_{tier}
-- for each {tier}: 0, 1, 2, 3
-- Names that begin so, the best known of the first few hundred.
SELECT entity, id, prior, name, by_line FROM (
    SELECT entity, id, prior, name, by_line FROM search_entries_{tier}
    WHERE left(plain, 60) COLLATE "C" >= %(from)s AND left(plain, 60) COLLATE "C" < %(to)s
    LIMIT 300) AS found
ORDER BY prior DESC, entity, id LIMIT %(most)s

-- name: words_{tier}
-- for each {tier}: 0, 1, 2, 3
SELECT entity, id, prior, name, by_line FROM (
    SELECT entity, id, prior, name, by_line FROM search_entries_{tier}
    WHERE words @@ %(query)s::tsquery LIMIT 1000) AS found
ORDER BY prior DESC, entity, id LIMIT %(most)s

-- name: alive
-- Which of these have a document still.
SELECT 1, id FROM artists r WHERE id = ANY(%(artists)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'artists' AND s.id = r.id) UNION ALL SELECT 2, id FROM labels r WHERE id = ANY(%(labels)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'labels' AND s.id = r.id)
UNION ALL SELECT 3, id FROM masters r WHERE id = ANY(%(masters)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'masters' AND s.id = r.id)
UNION ALL SELECT 4, id FROM releases r WHERE id = ANY(%(releases)s)
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'releases' AND s.id = r.id)
