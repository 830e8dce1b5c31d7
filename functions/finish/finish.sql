-- name: stored_ids
SELECT id FROM record_state WHERE entity = %(entity)s AND doc IS NOT NULL

-- name: is_finishing
-- The row is held: whoever cancels the run waits for this transaction.
SELECT FROM runs WHERE id = %(run)s AND state = 'finishing' FOR UPDATE

-- name: bury_artists
INSERT INTO tombstones (entity, id, hash, dump, removed_in, data)
SELECT 'artists', id, hash, dump, %(dump)s, data FROM artists WHERE id = ANY(%(ids)s)
ON CONFLICT (entity, id) DO NOTHING

-- name: bury_labels
INSERT INTO tombstones (entity, id, hash, dump, removed_in, data)
SELECT 'labels', id, hash, dump, %(dump)s, data FROM labels WHERE id = ANY(%(ids)s)
ON CONFLICT (entity, id) DO NOTHING

-- name: bury_masters
INSERT INTO tombstones (entity, id, hash, dump, removed_in, data)
SELECT 'masters', id, hash, dump, %(dump)s, data FROM masters WHERE id = ANY(%(ids)s)
ON CONFLICT (entity, id) DO NOTHING

-- name: bury_releases
INSERT INTO tombstones (entity, id, hash, dump, removed_in, data)
SELECT 'releases', id, hash, dump, %(dump)s, data FROM releases WHERE id = ANY(%(ids)s)
ON CONFLICT (entity, id) DO NOTHING

-- name: remove_artists
DELETE FROM artists WHERE id = ANY(%(ids)s)

-- name: remove_labels
DELETE FROM labels WHERE id = ANY(%(ids)s)

-- name: remove_masters
DELETE FROM masters WHERE id = ANY(%(ids)s)

-- name: remove_releases
DELETE FROM releases WHERE id = ANY(%(ids)s)

-- name: forget_documents
UPDATE record_state SET doc = NULL, raw = NULL WHERE entity = %(entity)s AND id = ANY(%(ids)s)

-- name: part_of
-- Styles belong to a genre only where a record has a single genre.
SELECT DISTINCT style, genre
FROM (SELECT genres[1] AS genre, styles FROM releases
      WHERE cardinality(genres) > 0 AND genres[1] = ALL(genres)
      UNION ALL
      SELECT genres[1], styles FROM masters
      WHERE cardinality(genres) > 0 AND genres[1] = ALL(genres)) AS single, unnest(styles) AS style

-- name: analyze
ANALYZE artists, labels, masters, releases, record_state, changes, counts

-- name: note_fields
-- Once for each file: the sums of its parts' counts.
UPDATE files f SET fields = counted.fields
FROM (SELECT coalesce(jsonb_object_agg(name, times), '{}') AS fields
      FROM (SELECT key AS name, sum(value::bigint) AS times
            FROM parts p, jsonb_each_text(p.fields)
            WHERE p.run = %(run)s AND p.entity = %(entity)s GROUP BY key) AS summed) AS counted
WHERE f.run = %(run)s AND f.entity = %(entity)s AND f.fields IS NULL

-- name: unknown
SELECT key, sum((value ->> 'times')::bigint)::bigint, min((value ->> 'example')::bigint)
FROM parts p, jsonb_each(p.drift)
WHERE p.run = %(run)s AND p.entity = %(entity)s GROUP BY key ORDER BY key

-- name: fields
SELECT fields FROM files WHERE run = %(run)s AND entity = %(entity)s

-- name: fields_before
SELECT f.fields FROM files f JOIN runs r ON r.id = f.run
WHERE f.run < %(run)s AND f.entity = %(entity)s AND r.state IN ('done', 'stopped') AND f.fields ? ''
ORDER BY f.run DESC LIMIT 1
