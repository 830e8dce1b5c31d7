-- name: settings
-- A sequential scan of a table of millions is never right here; what is not found in time is left out.
SELECT set_config('enable_seqscan', 'off', true), set_config('statement_timeout', %(milliseconds)s, true)

-- name: find_0
-- The best known: all that match, ordered.
SELECT entity, id, prior, name, by_line, plain FROM search_entries_0
WHERE words @@ %(query)s::tsquery {filters}
ORDER BY prior DESC, entity, id LIMIT %(most)s

-- name: find_{tier}
-- for each {tier}: 1, 2, 3
-- So many that match, ordered among themselves: a word that is in very many tells little about each.
SELECT entity, id, prior, name, by_line, plain FROM (
    SELECT entity, id, prior, name, by_line, plain FROM search_entries_{tier}
    WHERE words @@ %(query)s::tsquery {filters} LIMIT %(candidates)s) AS found
ORDER BY prior DESC, entity, id LIMIT %(most)s

-- name: exact_{tier}
-- for each {tier}: 0, 1, 2, 3
SELECT entity, id, prior, name, by_line, plain FROM search_entries_{tier}
WHERE left(plain, 60) COLLATE "C" = left(%(plain)s, 60) AND plain = %(plain)s {filters}
ORDER BY prior DESC, entity, id LIMIT %(most)s

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

-- name: artists
SELECT id, NULL::integer AS year, NULL::text AS country, NULL::text AS label, NULL::text AS format
FROM artists WHERE id = ANY(%(ids)s)

-- name: labels
SELECT id, NULL::integer, NULL::text, NULL::text, NULL::text FROM labels WHERE id = ANY(%(ids)s)

-- name: masters
SELECT id, year, NULL::text, NULL::text, NULL::text FROM masters WHERE id = ANY(%(ids)s)

-- name: releases
SELECT id, year, country, data #>> '{labels,0,name}', data #>> '{formats,0,name}' FROM releases WHERE id = ANY(%(ids)s)

-- name: facet_names
-- Every value that a facet may have, but for labels.
SELECT kind, key FROM counts WHERE kind IN ('genre', 'style', 'country', 'format')

-- name: label_names
SELECT id, name FROM labels WHERE id = ANY(%(ids)s)

-- name: prefix_{tier}
-- for each {tier}: 0, 1, 2, 3
-- Names that begin so, the best known of the first few hundred.
SELECT entity, id, prior, name, by_line FROM (
    SELECT entity, id, prior, name, by_line FROM search_entries_{tier}
    WHERE left(plain, 60) COLLATE "C" >= %(from)s AND left(plain, 60) COLLATE "C" < %(to)s
    LIMIT 300) AS found
ORDER BY prior DESC, entity, id LIMIT %(most)s

-- name: words_{tier}
-- for each {tier}: 0, 1
SELECT entity, id, prior, name, by_line FROM (
    SELECT entity, id, prior, name, by_line FROM search_entries_{tier}
    WHERE words @@ %(query)s::tsquery LIMIT 1000) AS found
ORDER BY prior DESC, entity, id LIMIT %(most)s

-- name: documents
-- Which of these have a document still.
SELECT 1, id FROM artists WHERE id = ANY(%(artists)s) UNION ALL SELECT 2, id FROM labels WHERE id = ANY(%(labels)s)
UNION ALL SELECT 3, id FROM masters WHERE id = ANY(%(masters)s)
UNION ALL SELECT 4, id FROM releases WHERE id = ANY(%(releases)s)
