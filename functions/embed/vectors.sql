-- name: note_gone
-- Whose document is gone has no text among those that were written: neither has one with too little to say.
INSERT INTO vector_texts (entity, id) SELECT %(entity)s, unnest(%(ids)s::bigint[]) ON CONFLICT DO NOTHING

-- name: has_type
SELECT to_regtype('halfvec') IS NOT NULL

-- name: make_extension
CREATE EXTENSION IF NOT EXISTS vector

-- name: has_table
SELECT to_regclass(%(table)s) IS NOT NULL

-- name: shape_{entity}
-- for each {entity}: artists, labels, masters, releases
ALTER TABLE vectors_{entity}_next ALTER COLUMN vector TYPE halfvec({dimensions}) USING NULL

-- name: store_{entity}
-- for each {entity}: artists, labels, masters, releases
-- Vectors stand in the row: a table beside it would be read once more for each.
ALTER TABLE vectors_{entity}_next ALTER COLUMN vector SET STORAGE PLAIN

-- name: key_{entity}
-- for each {entity}: artists, labels, masters, releases
ALTER TABLE vectors_{entity}_next ADD PRIMARY KEY (id)

-- name: index_keys_{entity}
-- for each {entity}: artists, labels, masters, releases
CREATE INDEX vectors_{entity}_next_key ON vectors_{entity}_next (key)

-- name: others_{entity}
-- for each {entity} {code}: artists 1, labels 2, masters 3, releases 4
-- Records of a build whose text is another one by now, or gone: read as a whole, so that no order has to be kept.
SELECT v.id FROM vectors_{entity}_next v
WHERE NOT EXISTS (SELECT FROM vector_texts_next t WHERE t.entity = {code} AND t.id = v.id AND t.key = v.key)

-- name: texts_{entity}_next
-- for each {entity} {code}: artists 1, labels 2, masters 3, releases 4
-- What comes behind a record in a build; no text where there is a row for it. Both sides begin behind that record: without
-- that a join in order would read all that lies before it, for each batch.
SELECT t.id, t.key, CASE WHEN v.id IS NULL THEN t.text END
FROM (SELECT id, key, text FROM vector_texts_next WHERE entity = {code} AND id > %(after)s ORDER BY id LIMIT %(most)s) AS t
     LEFT JOIN vectors_{entity}_next v ON v.id = t.id AND v.id > %(after)s
ORDER BY t.id

-- name: texts
SELECT id, key, text FROM vector_texts WHERE entity = %(entity)s ORDER BY id LIMIT %(most)s

-- name: same_{table}
-- for each {table}: artists, labels, masters, releases
-- Of these records those that have this text already.
SELECT v.id FROM vectors_{table} v JOIN unnest(%(ids)s::bigint[], %(keys)s::bigint[]) AS t (id, key) USING (id, key)

-- name: take_{table}
-- for each {table}: artists, labels, masters, releases, artists_next, labels_next, masters_next, releases_next
-- Drop the rows of these records; where one of them had the vector that others share, the first of those has it now.
WITH gone AS (DELETE FROM vectors_{table} WHERE id = ANY(%(ids)s::bigint[]) RETURNING key, vector),
     heirs AS (SELECT g.vector, (SELECT min(v.id) FROM vectors_{table} v
                                 WHERE v.key = g.key AND v.vector IS NULL AND v.id <> ALL(%(ids)s::bigint[])) AS id
               FROM gone g WHERE g.vector IS NOT NULL)
UPDATE vectors_{table} v SET vector = heirs.vector FROM heirs WHERE v.id = heirs.id

-- name: known_{table}
-- for each {table}: artists, labels, masters, releases, artists_next, labels_next, masters_next, releases_next
SELECT DISTINCT key FROM vectors_{table} WHERE key = ANY(%(keys)s::bigint[]) AND vector IS NOT NULL

-- name: copy_{table}
-- for each {table}: artists, labels, masters, releases, artists_next, labels_next, masters_next, releases_next
COPY vectors_{table} (id, key, vector) FROM STDIN (FORMAT binary)

-- name: drop_texts
-- One that was written while these were embedded stays.
DELETE FROM vector_texts v USING unnest(%(ids)s::bigint[], %(keys)s::bigint[]) AS t (id, key)
WHERE v.entity = %(entity)s AND v.id = t.id AND v.key IS NOT DISTINCT FROM t.key

-- name: forget_texts
TRUNCATE vector_texts

-- name: count_{table}
-- for each {table}: artists, labels, masters, releases, artists_next, labels_next, masters_next, releases_next
SELECT count(*), count(vector) FROM vectors_{table}

-- name: documents_{entity}
-- for each {entity}: artists, labels, masters, releases
SELECT count(*) FROM {entity}

-- name: state
SELECT entity, engine, version, dimensions, records, documents, vectors, indexed, lists, probes, recall, off
FROM vector_state ORDER BY entity

-- name: put_state
INSERT INTO vector_state (entity, engine, version, dimensions, records, documents, vectors, indexed, lists, probes, recall,
                          off)
VALUES (%(entity)s, %(engine)s, %(version)s, %(dimensions)s, %(records)s, %(documents)s, %(vectors)s, %(indexed)s, %(lists)s,
        %(probes)s, %(recall)s, %(off)s)
ON CONFLICT (entity) DO UPDATE SET (engine, version, dimensions, records, documents, vectors, indexed, lists, probes, recall,
                                    off)
    = (excluded.engine, excluded.version, excluded.dimensions, excluded.records, excluded.documents, excluded.vectors,
       excluded.indexed, excluded.lists, excluded.probes, excluded.recall, excluded.off)

-- name: put_state_next
INSERT INTO vector_state_next (entity, engine, version, dimensions, records, documents, vectors, indexed, lists, probes,
                               recall, off)
VALUES (%(entity)s, %(engine)s, %(version)s, %(dimensions)s, %(records)s, %(documents)s, %(vectors)s, %(indexed)s, %(lists)s,
        %(probes)s, %(recall)s, %(off)s)

-- name: give_memory
SELECT set_config('maintenance_work_mem', %(memory)s, true)

-- name: drop_meaning_{table}
-- for each {table}: artists, labels, masters, releases, artists_next, labels_next, masters_next, releases_next
DROP INDEX IF EXISTS vectors_{table}_meaning

-- name: index_meaning_{table}
-- for each {table}: artists, labels, masters, releases, artists_next, labels_next, masters_next, releases_next
CREATE INDEX vectors_{table}_meaning ON vectors_{table} USING ivfflat (vector halfvec_ip_ops) WITH (lists = {lists})

-- name: analyze_{table}
-- for each {table}: artists, labels, masters, releases, artists_next, labels_next, masters_next, releases_next
ANALYZE vectors_{table}

-- name: questions_{table}
-- for each {table} {entity}: artists artists, labels labels, artists_next artists, labels_next labels
-- Names of some records with vectors, the same ones as long as nothing changes.
SELECT r.name FROM vectors_{table} v JOIN {entity} r ON r.id = v.id
WHERE v.vector IS NOT NULL AND hashint8(v.id) %% greatest(%(vectors)s / (4 * %(most)s), 1)::integer = 0 LIMIT %(most)s

-- name: questions_{table}
-- for each {table} {entity}: masters masters, releases releases, masters_next masters, releases_next releases
-- Titles, with genre and style: lists follow these, so that those near to a title alone are in all of them.
SELECT concat_ws(' ', r.title, r.genres[1], r.styles[1]) FROM vectors_{table} v JOIN {entity} r ON r.id = v.id
WHERE v.vector IS NOT NULL AND hashint8(v.id) %% greatest(%(vectors)s / (4 * %(most)s), 1)::integer = 0 LIMIT %(most)s

-- name: by_index
SELECT set_config('ivfflat.probes', %(probes)s, true), set_config('enable_seqscan', 'off', true),
       set_config('enable_indexscan', 'on', true)

-- name: by_scan
SELECT set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', 'off', true)

-- name: distances_{table}
-- for each {table}: artists, labels, masters, releases, artists_next, labels_next, masters_next, releases_next
SELECT vector <#> %(vector)s::halfvec FROM vectors_{table} ORDER BY vector <#> %(vector)s::halfvec LIMIT %(most)s
