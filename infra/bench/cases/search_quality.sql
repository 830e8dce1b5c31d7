-- name: names
-- Every name and title of the dump, and other names of an artist.
SELECT 'artist', id, name, ARRAY(SELECT jsonb_array_elements_text(data -> 'namevariations')) FROM artists WHERE name <> ''
UNION ALL SELECT 'label', id, name, NULL FROM labels WHERE name <> ''
UNION ALL SELECT 'master', id, title, NULL FROM masters WHERE title <> ''

-- name: copy_artists
COPY artists (id, hash, dump, name, data) FROM STDIN

-- name: copy_masters
COPY masters (id, hash, dump, title, genres, styles, data) FROM STDIN

-- name: barcodes
SELECT id, one ->> 'value' FROM releases, jsonb_array_elements(data -> 'identifiers') AS one
WHERE one ->> 'type' = 'Barcode' AND one ->> 'value' <> '' ORDER BY id
