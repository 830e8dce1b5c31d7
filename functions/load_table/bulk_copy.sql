-- name: copy_artists
COPY artists (id, hash, dump, name, data) FROM STDIN (FORMAT binary)

-- name: copy_labels
COPY labels (id, hash, dump, name, data) FROM STDIN (FORMAT binary)

-- name: copy_masters
COPY masters (id, hash, dump, title, year, genres, styles, data) FROM STDIN (FORMAT binary)

-- name: copy_releases
COPY releases (id, hash, dump, title, year, country, genres, styles, data) FROM STDIN (FORMAT binary)

-- name: copy_states
COPY record_state (entity, id, raw, doc, graph) FROM STDIN (FORMAT binary)
