-- name: compress
SELECT set_config('default_toast_compression', 'lz4', true)
FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)

-- name: states
SELECT id, doc FROM record_state WHERE entity = %(entity)s AND id = ANY(%(ids)s) AND doc IS NOT NULL

-- name: stage_{entity}
-- for each {entity}: artists, labels, masters, releases
-- Documents lie in their rows as they came: compressing here what is read once takes more than it spares.
CREATE TEMP TABLE IF NOT EXISTS staged_{entity} (LIKE {entity}) WITH (toast_tuple_target = 8160) ON COMMIT DELETE ROWS

-- name: copy_artists
COPY staged_artists (id, hash, dump, name, data) FROM STDIN

-- name: copy_labels
COPY staged_labels (id, hash, dump, name, data) FROM STDIN

-- name: copy_masters
COPY staged_masters (id, hash, dump, title, year, genres, styles, data) FROM STDIN

-- name: copy_releases
COPY staged_releases (id, hash, dump, title, year, country, genres, styles, data) FROM STDIN

-- name: upsert_artists
INSERT INTO artists SELECT * FROM staged_artists
ON CONFLICT (id) DO UPDATE
SET hash = excluded.hash, dump = excluded.dump, name = excluded.name, data = excluded.data

-- name: upsert_labels
INSERT INTO labels SELECT * FROM staged_labels
ON CONFLICT (id) DO UPDATE
SET hash = excluded.hash, dump = excluded.dump, name = excluded.name, data = excluded.data

-- name: upsert_masters
INSERT INTO masters SELECT * FROM staged_masters
ON CONFLICT (id) DO UPDATE
SET hash = excluded.hash, dump = excluded.dump, title = excluded.title, year = excluded.year,
    genres = excluded.genres, styles = excluded.styles, data = excluded.data

-- name: upsert_releases
INSERT INTO releases SELECT * FROM staged_releases
ON CONFLICT (id) DO UPDATE
SET hash = excluded.hash, dump = excluded.dump, title = excluded.title, year = excluded.year,
    country = excluded.country, genres = excluded.genres, styles = excluded.styles, data = excluded.data

-- name: raise_tombstones
-- A record that came back is no longer removed.
DELETE FROM tombstones WHERE entity = %(entity)s AND id = ANY(%(ids)s)

-- name: note_states
-- A record in quarantine brings no document: its raw digest is noted, an earlier document stays. What the graph shows of
-- a document that looks there like the one before (`alike`) is what it has to show.
INSERT INTO record_state (entity, id, raw, doc)
SELECT %(entity)s, seen.id, seen.raw, seen.doc
FROM unnest(%(ids)s::bigint[], %(raw)s::bigint[], %(docs)s::bigint[]) AS seen (id, raw, doc)
ON CONFLICT (entity, id) DO UPDATE
SET raw = excluded.raw, doc = coalesce(excluded.doc, record_state.doc),
    graph = CASE WHEN record_state.graph = record_state.doc # %(version)s AND excluded.id = ANY(%(alike)s::bigint[])
                 THEN excluded.doc # %(version)s ELSE record_state.graph END
