-- name: shown_run
-- The active run, or the latest one.
SELECT * FROM runs ORDER BY state IN ('running', 'paused', 'finishing') DESC, id DESC LIMIT 1

-- name: files
SELECT entity, name, state, coalesce(bytes, 0) AS bytes, read_bytes, records, unchanged, rejected, removed, problem,
       note, sent_at, began_at, split_at
FROM files WHERE run = %(run)s ORDER BY entity

-- name: parts
-- What is to be said of 8,000 parts, counted by where they are: most of them are done, of which an index has all that is
-- asked; the others are few. `back_at`: when the first message that failed comes back.
SELECT entity, kind, 'done' AS state, NULL AS died_in, count(*) AS parts, sum(records)::bigint AS records,
       0 AS unsent, 0 AS put_off, NULL::timestamptz AS back_at, NULL::timestamptz AS sent_at
FROM parts WHERE run = %(run)s AND state = 'done' GROUP BY entity, kind
UNION ALL
SELECT entity, kind, state, died_in, count(*), sum(records)::bigint,
       count(*) FILTER (WHERE sent_at IS NULL), count(*) FILTER (WHERE sent_at > now()),
       min(sent_at) FILTER (WHERE sent_at > now()), min(sent_at) FILTER (WHERE sent_at <= now())
FROM parts WHERE run = %(run)s AND state <> 'done' GROUP BY entity, kind, state, died_in
ORDER BY entity, kind, state

-- name: ended
-- The steps that parts have lately been through: up to the last end of one, so that nothing changes while nothing ends.
SELECT entity, step, count(*) AS parts, sum(records)::bigint AS records,
       (array_agg(records ORDER BY ended_at))[1] AS first_records,
       min(began_at) AS began_at, min(ended_at) AS first_at, max(ended_at) AS last_at
FROM part_times
WHERE run = %(run)s
  AND ended_at >= (SELECT max(ended_at) FROM part_times WHERE run = %(run)s) - make_interval(secs => %(window)s)
GROUP BY entity, step

-- name: steps
SELECT step, entity, done, total, began_at, at,
       coalesce(lead(began_at) OVER (ORDER BY at), %(over)s) AS ended_at
FROM steps WHERE run = %(run)s ORDER BY at
