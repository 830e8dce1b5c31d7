-- name: run
SELECT started_at, coalesce(finished_at, now()) AS ended_at FROM runs WHERE id = %(run)s

-- name: files
SELECT entity, state, fetched_at, began_at, split_at FROM files WHERE run = %(run)s AND state <> 'missing' ORDER BY entity

-- name: steps
SELECT step, entity, began_at, coalesce(lead(began_at) OVER (ORDER BY at), %(over)s) AS ended_at
FROM steps WHERE run = %(run)s ORDER BY at

-- name: spans
-- The parts of a run by step and entity: when the first began and the last ended, seconds worked and waited.
SELECT step, entity, count(*) AS parts, sum(records)::bigint AS records,
       min(began_at) AS began_at, max(ended_at) AS ended_at,
       sum(extract(epoch FROM ended_at - began_at)::float8) AS running_s,
       coalesce(sum(greatest(0, extract(epoch FROM began_at - due_at)::float8)), 0) AS waiting_s
FROM part_times WHERE run = %(run)s GROUP BY step, entity

-- name: slices
-- Equal slices of a run's time: of each step, the parts that ended in it, and how long they had waited and run.
SELECT step, least(%(slices)s - 1, floor(extract(epoch FROM ended_at - %(began)s)::float8 / %(seconds)s))::int AS slice,
       count(*) AS parts, sum(records)::bigint AS records,
       sum(extract(epoch FROM ended_at - began_at)::float8) AS running_s,
       coalesce(sum(greatest(0, extract(epoch FROM began_at - due_at)::float8)), 0) AS waiting_s
FROM part_times WHERE run = %(run)s GROUP BY 1, 2 ORDER BY 1, 2
