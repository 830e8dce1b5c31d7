-- name: is_known
SELECT graph_identity IS NOT NULL FROM installation

-- name: note
INSERT INTO graph_candidates SELECT %(label)s, unnest(%(keys)s::text[])

-- name: settled
SELECT graph_settled FROM installation

-- name: candidates
SELECT label, array_agg(DISTINCT key) FROM graph_candidates GROUP BY label

-- name: forget
DELETE FROM graph_candidates

-- name: set_settled
UPDATE installation SET graph_settled = %(version)s
