-- name: artists
SELECT dump, data::text FROM artists WHERE id = ANY(%(ids)s)

-- name: labels
SELECT dump, data::text FROM labels WHERE id = ANY(%(ids)s)

-- name: masters
SELECT dump, data::text FROM masters WHERE id = ANY(%(ids)s)

-- name: releases
SELECT dump, data::text FROM releases WHERE id = ANY(%(ids)s)
