-- name: create
CREATE TABLE tried (LIKE releases);
ALTER TABLE tried ADD PRIMARY KEY (id)

-- name: with_indexes
CREATE INDEX ON tried (left(title, 200));
CREATE INDEX ON tried (year);
CREATE INDEX ON tried (country);
CREATE INDEX ON tried (((data ->> 'master_id')::bigint));
CREATE INDEX ON tried USING gin (to_tsvector('simple', plain_text(title)));
CREATE INDEX ON tried USING gin (plain_text(title) gin_trgm_ops);
CREATE INDEX ON tried USING gin (genres, styles);
CREATE INDEX ON tried USING gin ((data -> 'labels') jsonb_path_ops)

-- name: without_key
ALTER TABLE tried DROP CONSTRAINT tried_pkey

-- name: without_autovacuum
ALTER TABLE tried SET (autovacuum_enabled = false)

-- name: unlogged
ALTER TABLE tried SET UNLOGGED

-- name: has_lz4
SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'

-- name: lz4
ALTER TABLE tried ALTER data SET COMPRESSION lz4

-- name: external
ALTER TABLE tried ALTER data SET STORAGE EXTERNAL

-- name: main
ALTER TABLE tried ALTER data SET STORAGE MAIN

-- name: long_tuples
ALTER TABLE tried SET (toast_tuple_target = 8160)

-- name: two_columns
ALTER TABLE tried ADD heavy jsonb

-- name: as_json
ALTER TABLE tried ALTER data TYPE json

-- name: as_text
ALTER TABLE tried ALTER data TYPE text, ALTER data SET STORAGE EXTERNAL

-- name: copy
COPY tried (id, hash, dump, title, year, country, genres, styles, data) FROM STDIN (FORMAT binary)

-- name: copy_two
COPY tried (id, hash, dump, title, year, country, genres, styles, data, heavy) FROM STDIN (FORMAT binary)

-- name: size
SELECT pg_total_relation_size('tried'), (SELECT count(*) FROM tried)

-- name: drop
DROP TABLE tried
