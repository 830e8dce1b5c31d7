-- name: artists
SELECT NULL::integer, data::text FROM artists WHERE id = ANY(%(ids)s)

-- name: labels
SELECT NULL::integer, data::text FROM labels WHERE id = ANY(%(ids)s)

-- name: masters
SELECT year, data::text FROM masters WHERE id = ANY(%(ids)s)

-- name: releases
SELECT year, data::text FROM releases WHERE id = ANY(%(ids)s)
