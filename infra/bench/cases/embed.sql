-- name: copy_artists
COPY artists (id, hash, dump, name, data) FROM STDIN

-- name: analyze
ANALYZE artists

-- name: change
-- One of each hundred says something else now.
UPDATE artists SET data = jsonb_set(data, '{profile}', to_jsonb(data ->> 'profile' || ' And now ' || (data ->> 'name')))
WHERE mod(id, 100) = 0

-- name: note_changed
INSERT INTO document_changes (entity, id) SELECT 1, id FROM artists WHERE mod(id, 100) = 0

-- name: texts
SELECT text FROM vector_texts_next ORDER BY entity, id

-- name: size
SELECT pg_total_relation_size('vectors_artists'), pg_relation_size('vectors_artists'),
       (SELECT coalesce(sum(pg_relation_size(indexrelid)), 0)::bigint FROM pg_index
        WHERE indrelid = 'vectors_artists'::regclass AND indexrelid::regclass::text LIKE '%meaning')

-- name: questions
SELECT name || ' ' || (data ->> 'profile') FROM artists ORDER BY hashint8(id) LIMIT %(count)s
