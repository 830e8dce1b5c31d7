-- name: attempts
SELECT function, attempt, at, host, pid, error, decision, retry_at FROM attempts
WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s ORDER BY id DESC

-- name: part
SELECT run, entity, part, kind, state, died_in, records, rows, nodes, edges, quarantined, recuts, attempts AS starts,
       sent_at, error
FROM parts WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s

-- name: times
SELECT step, due_at, began_at, ended_at FROM part_times
WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s ORDER BY ended_at
