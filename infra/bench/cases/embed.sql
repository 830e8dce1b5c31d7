-- name: copy_{entity}
-- for each {entity}: artists, labels
COPY {entity} (id, hash, dump, name, data) FROM STDIN

-- name: copy_masters
COPY masters (id, hash, dump, title, year, genres, styles, data) FROM STDIN

-- name: analyze_{entity}
-- for each {entity}: artists, labels, masters
ANALYZE {entity}

-- name: change_{entity}
-- for each {entity} {field}: artists profile, labels profile, masters notes
-- One of each hundred says something else now.
UPDATE {entity} SET data = jsonb_set(data, '{{field}}',
    to_jsonb(concat(data ->> '{field}', ' And now ', data ->> 'name', data ->> 'title')))
WHERE mod(id, 100) = 0

-- name: note_changed_{entity}
-- for each {entity} {code}: artists 1, labels 2, masters 3
INSERT INTO document_changes (entity, id) SELECT {code}, id FROM {entity} WHERE mod(id, 100) = 0

-- name: texts
SELECT text FROM vector_texts_next ORDER BY entity, id

-- name: size_{entity}
-- for each {entity}: artists, labels, masters
SELECT pg_total_relation_size('vectors_{entity}'), pg_relation_size('vectors_{entity}'),
       (SELECT coalesce(sum(pg_relation_size(indexrelid)), 0)::bigint FROM pg_index
        WHERE indrelid = 'vectors_{entity}'::regclass AND indexrelid::regclass::text LIKE '%meaning')

-- name: drawn_{entity}
-- for each {entity}: artists, labels, masters
-- Records drawn by a hash of their ids.
SELECT data FROM {entity} ORDER BY hashint8(id) LIMIT %(count)s
