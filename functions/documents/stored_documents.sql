-- name: stored_artists
SELECT id, hash, data::text, NULL::integer FROM artists WHERE id = ANY(%(ids)s)

-- name: stored_labels
SELECT id, hash, data::text, NULL::integer FROM labels WHERE id = ANY(%(ids)s)

-- name: stored_masters
SELECT id, hash, data::text, year FROM masters WHERE id = ANY(%(ids)s)

-- name: stored_releases
SELECT id, hash, data::text, year FROM releases WHERE id = ANY(%(ids)s)
