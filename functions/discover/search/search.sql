-- name: settings
-- A sequential scan of a table of millions is never right here; what is not found in time is left out.
SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
       set_config('statement_timeout', %(milliseconds)s, true)

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

-- name: count_sampled
-- In the sample: how many hits there are of each facet.
SELECT facet, count(*) FROM (SELECT facets FROM search_sample WHERE words @@ %(query)s::tsquery {filters}) AS found,
    unnest(facets) AS facet GROUP BY facet

-- name: count_facets
-- The same of all entries, the best known first, so many.
SELECT facet, count(*) FROM (
    SELECT facets FROM search_entries_0 WHERE words @@ %(query)s::tsquery {filters}
    UNION ALL SELECT facets FROM search_entries_1 WHERE words @@ %(query)s::tsquery {filters}
    UNION ALL SELECT facets FROM search_entries_2 WHERE words @@ %(query)s::tsquery {filters}
    UNION ALL SELECT facets FROM search_entries_3 WHERE words @@ %(query)s::tsquery {filters}
    LIMIT %(candidates)s) AS found, unnest(facets) AS facet GROUP BY facet

-- name: similar_words
-- Words of the vocabulary that share a rest with one that was typed.
SELECT d.word, v.frequency FROM search_deletes d JOIN search_words v ON v.word = d.word
WHERE d.key = ANY(%(keys)s) GROUP BY d.word, v.frequency ORDER BY v.frequency DESC LIMIT 200

-- name: words_within
-- Which of these words stand in these entries.
SELECT e.entity, e.id, ARRAY(SELECT word FROM unnest(%(words)s::text[]) AS word
                             WHERE word = ANY(tsvector_to_array(e.words)))
FROM unnest(%(entities)s::smallint[], %(ids)s::bigint[]) AS k (entity, id), LATERAL (
    SELECT * FROM search_entries_0 WHERE entity = k.entity AND id = k.id
    UNION ALL SELECT * FROM search_entries_1 WHERE entity = k.entity AND id = k.id
    UNION ALL SELECT * FROM search_entries_2 WHERE entity = k.entity AND id = k.id
    UNION ALL SELECT * FROM search_entries_3 WHERE entity = k.entity AND id = k.id) AS e

-- name: facet_names
-- Every value that a facet may have, but for labels.
SELECT kind, key FROM counts WHERE kind IN ('genre', 'style', 'country', 'format')

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

-- name: state
-- Whether there are entries, or will be once they were made; whether they are those of all documents.
SELECT version IS NOT NULL AND NOT (building AND NOT EXISTS (SELECT FROM search_words)),
       caught_up_at IS NOT NULL AND NOT EXISTS (SELECT FROM document_changes)
FROM derivations WHERE name = 'search'

-- name: rarest
-- Of these words the rarest that there are.
SELECT word FROM search_words WHERE word = ANY(%(words)s) AND frequency > 0 ORDER BY frequency LIMIT 6

-- name: words_of_some
-- Some of the better known with a word.
SELECT entity, id, prior, name, by_line FROM (
    SELECT * FROM search_entries_0 WHERE words @@ %(query)s::tsquery
    UNION ALL SELECT * FROM search_entries_1 WHERE words @@ %(query)s::tsquery
    UNION ALL SELECT * FROM search_entries_2 WHERE words @@ %(query)s::tsquery
    UNION ALL SELECT * FROM search_entries_3 WHERE words @@ %(query)s::tsquery LIMIT 100) AS found
