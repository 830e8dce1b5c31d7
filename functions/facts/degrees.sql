-- name: note
-- What these releases name, so many times.
INSERT INTO degree_changes (entity, id, change)
SELECT e.entity, e.id, %(change)s FROM release_facts f, LATERAL (
    SELECT 1 AS entity, unnest(f.artists) AS id UNION ALL SELECT 1, unnest(f.credited)
    UNION ALL SELECT 2, unnest(f.labels) UNION ALL SELECT 3, f.master WHERE f.master IS NOT NULL) AS e
WHERE f.id = ANY(%(ids)s)

-- name: forget_changes
TRUNCATE degree_changes

-- name: count_artists
INSERT INTO degrees_next (entity, id, degree)
SELECT 1, id, count(*) FROM (SELECT unnest(artists || credited) AS id FROM release_facts_next) AS named GROUP BY id

-- name: count_labels
INSERT INTO degrees_next (entity, id, degree)
SELECT 2, id, count(*) FROM (SELECT unnest(labels) AS id FROM release_facts_next) AS named GROUP BY id

-- name: count_masters
INSERT INTO degrees_next (entity, id, degree)
SELECT 3, master, count(*) FROM release_facts_next WHERE master IS NOT NULL GROUP BY master

-- name: note_moves
-- What search has not taken yet, and what has another degree than before; all where records were put in order before any
-- release was there. They take the place of those that wait together with the degrees: who took them before would go by the
-- old ones.
INSERT INTO degree_moves_next (entity, id)
SELECT entity, id FROM degree_moves
UNION
SELECT entity, id FROM degrees d FULL JOIN degrees_next n USING (entity, id)
WHERE d.degree IS DISTINCT FROM n.degree
  AND (EXISTS (SELECT FROM degrees)
       OR EXISTS (SELECT FROM derivations WHERE name = 'search' AND version IS NOT NULL AND NOT building))

-- name: have_search_move
-- It is sent once the degrees are there.
UPDATE derivations SET caught_up_at = NULL, assembling_at = NULL
WHERE name = 'search' AND NOT building AND caught_up_at IS NOT NULL AND EXISTS (SELECT FROM degree_moves_next)

-- name: add_changes
WITH gone AS (DELETE FROM degree_changes RETURNING entity, id, change),
     added AS (
         INSERT INTO degrees AS d (entity, id, degree)
         SELECT entity, id, sum(change) FROM gone GROUP BY entity, id HAVING sum(change) <> 0 ORDER BY entity, id
         ON CONFLICT (entity, id) DO UPDATE SET degree = d.degree + excluded.degree
         RETURNING entity, id)
INSERT INTO degree_moves (entity, id) SELECT entity, id FROM added ON CONFLICT DO NOTHING

-- name: drop_empty
DELETE FROM degrees WHERE degree = 0
