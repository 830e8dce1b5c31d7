-- name: artists_in
SELECT id, NULL::integer, data::text FROM artists WHERE id BETWEEN %(first)s AND %(last)s

-- name: labels_in
SELECT id, NULL::integer, data::text FROM labels WHERE id BETWEEN %(first)s AND %(last)s

-- name: masters_in
SELECT id, year, data::text FROM masters WHERE id BETWEEN %(first)s AND %(last)s

-- name: releases_in
SELECT id, year, data::text FROM releases WHERE id BETWEEN %(first)s AND %(last)s

-- name: artists_of
SELECT id, NULL::integer, data::text FROM artists WHERE id = ANY(%(ids)s)

-- name: labels_of
SELECT id, NULL::integer, data::text FROM labels WHERE id = ANY(%(ids)s)

-- name: masters_of
SELECT id, year, data::text FROM masters WHERE id = ANY(%(ids)s)

-- name: releases_of
SELECT id, year, data::text FROM releases WHERE id = ANY(%(ids)s)
