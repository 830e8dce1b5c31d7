-- name: sizes
-- Of the table, and of its indexes together, whose names a new version may change.
SELECT count(*), pg_table_size('identifiers'), pg_indexes_size('identifiers') FROM identifiers

-- name: barcodes
-- As written; drawn by a hash of the id, so that they are the same each time.
SELECT DISTINCT ON (hashint8(id), id) id, i ->> 'value' FROM releases, jsonb_array_elements(data -> 'identifiers') AS i
WHERE i ->> 'type' = 'Barcode' AND length(i ->> 'value') > 7 ORDER BY hashint8(id), id LIMIT %(limit)s

-- name: catnos
SELECT DISTINCT ON (hashint8(id), id) id, l ->> 'catno' FROM releases, jsonb_array_elements(data -> 'labels') AS l
WHERE l ->> 'catno' <> 'none' ORDER BY hashint8(id), id LIMIT %(limit)s

-- name: matrices
SELECT DISTINCT ON (hashint8(id), id) id, i ->> 'value' FROM releases, jsonb_array_elements(data -> 'identifiers') AS i
WHERE i ->> 'type' = 'Matrix / Runout' ORDER BY hashint8(id), id LIMIT %(limit)s

-- name: label_codes
SELECT DISTINCT ON (hashint8(id), id) id, i ->> 'value' FROM releases, jsonb_array_elements(data -> 'identifiers') AS i
WHERE i ->> 'type' = 'Label Code' ORDER BY hashint8(id), id LIMIT %(limit)s
