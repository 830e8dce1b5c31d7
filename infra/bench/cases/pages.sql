-- name: examples
-- The longest document of each kind: what its page shows is the most that there is.
SELECT (SELECT id FROM artists ORDER BY octet_length(data::text) DESC, id LIMIT 1),
       (SELECT id FROM labels ORDER BY octet_length(data::text) DESC, id LIMIT 1),
       (SELECT id FROM masters ORDER BY octet_length(data::text) DESC, id LIMIT 1),
       (SELECT id FROM releases ORDER BY octet_length(data::text) DESC, id LIMIT 1),
       (SELECT data -> 'labels' -> 0 ->> 'catno' FROM releases
         WHERE data -> 'labels' -> 0 ->> 'catno' <> '' ORDER BY id LIMIT 1),
       (SELECT to_char(dump, 'YYYYMMDD') FROM runs ORDER BY id LIMIT 1),
       (SELECT max(id) FROM runs)
