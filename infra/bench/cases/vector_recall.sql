-- name: drop_words
DROP INDEX search_entries_3_words

-- name: add_entries
-- What filters look at: of each artist the type, the decades of which it is one in so many, and a genre that its profile names.
INSERT INTO search_entries_3 (entity, prior, links, id, name, by_line, plain, words, facets)
SELECT 1, 0, 0, a.id, a.name, '', '', ''::tsvector,
       ARRAY[%(type)s::integer] || CASE WHEN a.data ->> 'profile' LIKE %(named)s THEN ARRAY[%(genre)s::integer] ELSE '{}' END
       || ARRAY(SELECT d.facet FROM unnest(%(decades)s::integer[], %(one_in)s::integer[]) AS d (facet, one_in)
                WHERE mod(a.id, d.one_in) = 0)
FROM artists a

-- name: index_words
CREATE INDEX search_entries_3_words ON search_entries_3 USING gin (words, facets) WITH (fastupdate = off)

-- name: analyze
ANALYZE search_entries_3

-- name: matching
SELECT id FROM search_entries_3 WHERE facets @> ARRAY[%(facet)s::integer]

-- name: questions
-- Records drawn by a hash of their ids: their names, and what they say of themselves.
SELECT name, data ->> 'profile' FROM artists ORDER BY hashint8(id) LIMIT %(count)s

-- name: copy_vectors
-- The vector of each record, also of one that shares another's.
COPY (SELECT v.id, o.vector FROM vectors_artists v JOIN vectors_artists o ON o.key = v.key AND o.vector IS NOT NULL)
TO STDOUT (FORMAT binary)
