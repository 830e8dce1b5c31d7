-- name: begin_baseline
-- An older dump than the first takes the history back to its own month.
INSERT INTO baselines (entity, dump) SELECT unnest(%(entities)s::text[]), %(dump)s
ON CONFLICT (entity) DO UPDATE
SET dump = CASE WHEN baselines.settled THEN least(baselines.dump, excluded.dump) ELSE excluded.dump END

-- name: settle_baselines
-- Where nothing was loaded yet, the next load may still be the first.
UPDATE baselines SET settled = true
WHERE NOT settled AND entity = ANY(%(entities)s)
  AND CASE entity WHEN 'artists' THEN EXISTS (SELECT FROM artists) WHEN 'labels' THEN EXISTS (SELECT FROM labels)
                  WHEN 'masters' THEN EXISTS (SELECT FROM masters) ELSE EXISTS (SELECT FROM releases) END

-- name: baseline
SELECT dump FROM baselines WHERE entity = %(entity)s

-- name: take_back
-- What is known of these records from this month on; it is written anew.
DELETE FROM changes WHERE entity = %(entity)s AND id = ANY(%(ids)s) AND dump >= %(dump)s
RETURNING id, dump, kind, patch::text

-- name: tombstone
SELECT id, data::text FROM tombstones WHERE entity = %(entity)s AND id = ANY(%(ids)s)

-- name: note
INSERT INTO changes (entity, id, dump, kind, patch)
SELECT %(entity)s, noted.id, %(dump)s, noted.kind, noted.patch::jsonb
FROM unnest(%(ids)s::bigint[], %(kinds)s::text[], %(patches)s::text[]) AS noted (id, kind, patch)
