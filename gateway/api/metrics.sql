-- name: runs
SELECT state, count(*) FROM runs GROUP BY state

-- name: parts
SELECT entity, state, count(*) FROM parts GROUP BY entity, state
