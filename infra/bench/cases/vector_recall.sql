-- name: drop_words
DROP INDEX search_entries_3_words

-- name: add_entries_{entity}
-- for each {entity} {code}: artists 1, labels 2, masters 3
-- What filters look at: of each record the type, the decades of which it is one in so many, and a genre that it names.
INSERT INTO search_entries_3 (entity, prior, links, id, name, by_line, plain, words, facets)
SELECT {code}, 0, 0, a.id, coalesce(a.data ->> 'name', a.data ->> 'title'), '', '', ''::tsvector,
       ARRAY[%(type)s::integer] || CASE WHEN a.data::text LIKE %(named)s THEN ARRAY[%(genre)s::integer] ELSE '{}' END
       || ARRAY(SELECT d.facet FROM unnest(%(decades)s::integer[], %(one_in)s::integer[]) AS d (facet, one_in)
                WHERE mod(a.id, d.one_in) = 0)
FROM {entity} a

-- name: index_words
CREATE INDEX search_entries_3_words ON search_entries_3 USING gin (words, facets) WITH (fastupdate = off)

-- name: analyze
ANALYZE search_entries_3

-- name: matching
SELECT id FROM search_entries_3 WHERE facets @> ARRAY[%(facet)s::integer]

-- name: copy_vectors_{entity}
-- for each {entity}: artists, labels, masters
-- The vector of each record, also of one that shares another's.
COPY (SELECT v.id, o.vector FROM vectors_{entity} v JOIN vectors_{entity} o ON o.key = v.key AND o.vector IS NOT NULL)
TO STDOUT (FORMAT binary)
