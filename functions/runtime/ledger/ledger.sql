-- name: insert_run
INSERT INTO runs (kind, dump, source, synthetic, entities, only_store, engine, accept_deletions, accept_rejected,
                  accept_collapsed, bulk_table, bulk_graph, sample)
VALUES (%(kind)s, %(dump)s, %(source)s, %(synthetic)s, %(entities)s, %(only_store)s, %(engine)s, %(accept_deletions)s,
        %(accept_rejected)s, %(accept_collapsed)s, %(bulk_table)s, %(bulk_graph)s, %(sample)s)
RETURNING *

-- name: active_run
SELECT * FROM runs WHERE state IN ('running', 'paused', 'finishing')

-- name: run
SELECT * FROM runs WHERE id = %(run)s

-- name: recent_runs
SELECT * FROM runs WHERE id < coalesce(%(before)s, 9223372036854775807) ORDER BY id DESC LIMIT %(limit)s

-- name: held_dumps
-- The dump that the stores hold of each entity: of the loads since the last one that came to its end, the newest that has
-- written anything, however it ended.
WITH writing AS (
    SELECT r.id, f.entity, r.dump, r.state IN ('done', 'stopped') AS ended
    FROM runs r JOIN files f ON f.run = r.id
    WHERE r.kind = 'load' AND f.state NOT IN ('missing', 'refused')
      AND (r.state IN ('done', 'stopped') OR r.rows > 0
           OR EXISTS (SELECT FROM parts p WHERE p.run = r.id AND p.entity = f.entity AND p.kind = 'xml'
                      AND (p.state IN ('loaded', 'done') OR p.died_in = 'loaded')))
)
SELECT entity, max(dump) FROM writing w
WHERE id >= (SELECT coalesce(max(id), 0) FROM writing last WHERE last.entity = w.entity AND last.ended)
GROUP BY entity

-- name: move_run
UPDATE runs
SET state = %(to)s, reason = %(reason)s,
    finished_at = CASE WHEN %(to)s IN ('stopped', 'cancelled', 'failed', 'done') THEN now() END
WHERE id = %(run)s AND state = ANY(%(from)s)
RETURNING *

-- name: take_up
-- What is left of the run decides whether it is at its end.
UPDATE runs SET state = 'running', reason = NULL, finished_at = NULL, attempts = 0, sent_at = NULL
WHERE id = %(run)s AND state = 'failed'
RETURNING *

-- name: take_up_files
UPDATE files SET attempts = 0, sent_at = NULL WHERE run = %(run)s AND state IN ('listed', 'fetched')

-- name: hold_run
-- Whoever cancels the run waits for this transaction.
SELECT FROM runs WHERE id = %(run)s AND state IN ('running', 'finishing') FOR NO KEY UPDATE

-- name: accept_deletions
UPDATE runs SET accept_deletions = true WHERE id = %(run)s

-- name: insert_file
INSERT INTO files (run, entity, name, sha256, bytes, location, state, parts, problem)
VALUES (%(run)s, %(entity)s, %(name)s, %(sha256)s, %(bytes)s, %(location)s, %(state)s, %(parts)s, %(problem)s)

-- name: keep_address
-- With its password or signature, which no other table has.
INSERT INTO file_addresses (run, entity, address) VALUES (%(run)s, %(entity)s, %(address)s)

-- name: address
SELECT address FROM file_addresses WHERE run = %(run)s AND entity = %(entity)s

-- name: forget_address
DELETE FROM file_addresses WHERE run = %(run)s AND entity = %(entity)s

-- name: forget_addresses
DELETE FROM file_addresses WHERE run IS DISTINCT FROM %(but)s

-- name: ensure_file
-- A list of ids belongs to an entity of which the run has no file.
INSERT INTO files (run, entity, name, state, parts) VALUES (%(run)s, %(entity)s, %(name)s, 'missing', 0)
ON CONFLICT DO NOTHING

-- name: files
SELECT * FROM files WHERE run = %(run)s ORDER BY entity

-- name: file
SELECT * FROM files WHERE run = %(run)s AND entity = %(entity)s

-- name: file_coming
-- How many bytes of a file are here, and of how many; no row once its run is paused or over.
UPDATE files f SET read_bytes = %(read_bytes)s, bytes = coalesce(%(bytes)s, f.bytes), sent_at = now(), attempts = 0
FROM runs r
WHERE f.run = %(run)s AND f.entity = %(entity)s AND f.state = 'listed' AND r.id = f.run AND r.state = 'running'
RETURNING f.run

-- name: file_put_off
-- Its message comes back by itself: until then the sweep leaves the file alone.
UPDATE files SET sent_at = now() + make_interval(secs => %(seconds)s)
WHERE run = %(run)s AND entity = %(entity)s AND state = 'listed'

-- name: file_fetched
UPDATE files SET state = 'fetched', location = %(location)s, bytes = %(bytes)s, modified_ns = %(modified_ns)s,
    read_bytes = 0, fetched_at = now(), sent_at = now(), attempts = 0
WHERE run = %(run)s AND entity = %(entity)s AND state = 'listed'

-- name: file_progress
UPDATE files SET records = %(records)s, unchanged = %(unchanged)s, rejected = %(rejected)s, kept_bytes = %(kept_bytes)s,
    read_bytes = coalesce(%(read_bytes)s, read_bytes), began_at = coalesce(began_at, now()), sent_at = now(),
    attempts = 0
WHERE run = %(run)s AND entity = %(entity)s AND state = 'fetched'

-- name: file_split
UPDATE files
SET state = 'split', records = %(records)s, unchanged = %(unchanged)s, read_bytes = %(read_bytes)s,
    rejected = %(rejected)s, kept_bytes = %(kept_bytes)s, note = %(note)s,
    parts = (SELECT count(*) FROM parts p WHERE p.run = %(run)s AND p.entity = %(entity)s AND p.kind = 'xml'),
    whole = %(whole)s, problem = %(problem)s, seen_key = %(seen_key)s, seen = %(seen)s,
    began_at = coalesce(began_at, now()), split_at = now()
WHERE run = %(run)s AND entity = %(entity)s AND state = 'fetched'

-- name: reread_file
-- A file whose bitmap of ids was found damaged: all that was cut of it stays.
UPDATE files f
SET state = 'fetched', parts = NULL, whole = false, seen_key = NULL, seen = NULL, rereads = f.rereads + 1,
    read_bytes = 0, sent_at = now(), attempts = 0
FROM runs r
WHERE f.run = %(run)s AND f.seen_key = %(key)s AND f.state = 'split'
  AND r.id = f.run AND r.state IN ('running', 'finishing')
RETURNING f.entity, f.rereads

-- name: file_refused
UPDATE files SET state = 'refused', whole = false, problem = %(problem)s, seen_key = NULL,
    parts = (SELECT count(*) FROM parts p WHERE p.run = %(run)s AND p.entity = %(entity)s AND p.kind = 'xml')
WHERE run = %(run)s AND entity = %(entity)s AND state IN ('fetched', 'split')

-- name: let_removals_wait
UPDATE runs SET removals_wait = true WHERE id = %(run)s

-- name: all_parsed
-- The early removals of a run wait no longer, now that every part of it is parsed.
UPDATE runs SET removals_wait = false
WHERE id = %(run)s AND removals_wait AND state = 'running'
  AND NOT EXISTS (SELECT FROM parts WHERE run = %(run)s AND state IN ('cut', 'damaged'))
RETURNING id

-- name: attempt_file
-- Counted anew whenever it gets further.
UPDATE files SET attempts = attempts + 1 WHERE run = %(run)s AND entity = %(entity)s RETURNING attempts

-- name: attempt_run
UPDATE runs SET attempts = attempts + 1 WHERE id = %(run)s RETURNING attempts

-- name: uncount_part
-- A start that found a store away counts for nothing.
UPDATE parts SET attempts = attempts - 1
WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s AND state = %(state)s AND attempts > 0

-- name: uncount_file
UPDATE files SET attempts = attempts - 1 WHERE run = %(run)s AND entity = %(entity)s AND attempts > 0

-- name: uncount_run
UPDATE runs SET attempts = attempts - 1 WHERE id = %(run)s AND attempts > 0

-- name: put_off_part
-- Its message comes back by itself: until then the sweep leaves it alone. Who holds its row works on it.
UPDATE parts SET sent_at = now() + make_interval(secs => %(seconds)s)
WHERE (run, entity, part) IN (
    SELECT run, entity, part FROM parts
    WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s AND state NOT IN ('done', 'dead')
    FOR UPDATE SKIP LOCKED)

-- name: put_off_file
UPDATE files SET sent_at = greatest(sent_at, now() + make_interval(secs => %(seconds)s))
WHERE run = %(run)s AND entity = %(entity)s AND state IN ('listed', 'fetched')

-- name: put_off_run
UPDATE runs SET sent_at = now() + make_interval(secs => %(seconds)s)
WHERE id = %(run)s AND state IN ('running', 'finishing')

-- name: note_finish_sent
UPDATE runs SET sent_at = now() WHERE id = %(run)s

-- name: expired_finish
UPDATE runs SET sent_at = now()
WHERE id = %(run)s AND (sent_at IS NULL OR sent_at < now() - make_interval(secs => %(lease)s))
RETURNING id

-- name: ended_attempt
UPDATE runs SET attempts = 0 WHERE id = %(run)s AND attempts > 0

-- name: begin_step
INSERT INTO steps (run, step, entity, total, began_at, at)
SELECT id, %(step)s, %(entity)s, %(total)s, clock_timestamp(), clock_timestamp() FROM runs WHERE id = %(run)s
ON CONFLICT (run, step, entity) DO UPDATE
SET done = 0, total = excluded.total, began_at = excluded.began_at, at = excluded.at

-- name: advance_step
UPDATE steps SET done = done + %(count)s, at = clock_timestamp()
WHERE run = %(run)s AND step = %(step)s AND entity = %(entity)s

-- name: steps
SELECT s.step, s.entity, s.done, s.total,
       extract(epoch FROM coalesce(lead(s.began_at) OVER (ORDER BY s.at), r.finished_at, now()) - s.began_at)::float8
           AS seconds
FROM steps s JOIN runs r ON r.id = s.run WHERE s.run = %(run)s ORDER BY s.at

-- name: insert_part
INSERT INTO parts (run, entity, part, kind, state, records, stream_end, objects, sent_at)
VALUES (%(run)s, %(entity)s, %(part)s, %(kind)s, %(state)s, %(records)s, %(stream_end)s, %(objects)s, now())
ON CONFLICT DO NOTHING

-- name: insert_list
-- A list of ids; its message is sent when there is room for it.
INSERT INTO parts (run, entity, part, kind, state, records, objects)
VALUES (%(run)s, %(entity)s, %(part)s, 'ids', 'loaded', %(records)s, %(objects)s)
ON CONFLICT DO NOTHING

-- name: part
SELECT * FROM parts WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s

-- name: lock_part
SELECT * FROM parts WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s FOR UPDATE

-- name: attempt_part
-- A message that a paused run drops is no attempt, nor is one that comes twice or before its turn.
UPDATE parts p SET attempts = p.attempts + 1 FROM runs r
WHERE p.run = %(run)s AND p.entity = %(entity)s AND p.part = %(part)s AND p.state = %(state)s
  AND r.id = p.run AND r.state IN ('running', 'finishing')
RETURNING p.attempts

-- name: part_parsed
-- Its lease begins when the step ends: now() is when the transaction began.
WITH noted AS (
    INSERT INTO part_times (run, entity, part, step, records, due_at, began_at, ended_at)
    SELECT run, entity, part, state, records, sent_at, now(), clock_timestamp() FROM parts
    WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s)
UPDATE parts SET state = 'parsed', quarantined = %(quarantined)s, drift = %(drift)s, fields = %(fields)s,
    kept_bytes = %(kept_bytes)s, compared = %(compared)s, rejected = %(rejected)s,
    objects = objects || %(objects)s, attempts = 0, error = NULL, sent_at = clock_timestamp()
WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s

-- name: part_loaded
WITH noted AS (
    INSERT INTO part_times (run, entity, part, step, records, due_at, began_at, ended_at)
    SELECT run, entity, part, state, records, sent_at, now(), clock_timestamp() FROM parts
    WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s)
UPDATE parts SET state = %(state)s, rows = %(rows)s, rejected = NULL, attempts = 0, error = NULL,
    sent_at = clock_timestamp()
WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s

-- name: part_done
WITH noted AS (
    INSERT INTO part_times (run, entity, part, step, records, due_at, began_at, ended_at)
    SELECT run, entity, part, state, records, sent_at, now(), clock_timestamp() FROM parts
    WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s)
UPDATE parts SET state = 'done', nodes = %(nodes)s, edges = %(edges)s, error = NULL
WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s

-- name: part_damaged
UPDATE parts p SET state = 'damaged', recuts = p.recuts + 1, objects = '{}', rejected = NULL, attempts = 0,
    error = %(error)s, sent_at = now()
FROM runs r
WHERE p.run = %(run)s AND p.entity = %(entity)s AND p.part = %(part)s AND p.state IN ('cut', 'parsed')
  AND r.id = p.run AND r.state IN ('running', 'finishing')
RETURNING p.part

-- name: damaged_parts
-- With the stretch of the stream that each was cut from.
SELECT part, stream_begin, stream_end
FROM (SELECT part, state, stream_end, lag(stream_end, 1, 0::bigint) OVER (ORDER BY part) AS stream_begin
      FROM parts WHERE run = %(run)s AND entity = %(entity)s AND kind = 'xml') AS cut
WHERE state = 'damaged' ORDER BY part

-- name: damaged
SELECT * FROM parts WHERE run = %(run)s AND state = 'damaged' ORDER BY entity, part

-- name: expired_damaged
UPDATE parts SET sent_at = now()
WHERE run = %(run)s AND state = 'damaged'
  AND (sent_at IS NULL OR sent_at < now() - make_interval(secs => %(lease)s))
RETURNING *

-- name: part_recut
WITH further AS (UPDATE files SET attempts = 0, sent_at = now() WHERE run = %(run)s AND entity = %(entity)s)
UPDATE parts SET state = 'cut', records = %(records)s, objects = %(objects)s, error = NULL, sent_at = now()
WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s AND state = 'damaged'

-- name: part_dead
UPDATE parts SET state = 'dead', died_in = state, error = %(error)s
WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s AND state NOT IN ('done', 'dead')

-- name: add_attempt
-- Which start it was stands in the part's row, as long as that has not gone on.
INSERT INTO attempts (run, entity, part, function, attempt, at, host, pid, error, decision, retry_at)
SELECT p.run, p.entity, p.part, %(function)s, p.attempts, now(), %(host)s, %(pid)s, %(error)s, %(decision)s,
       now() + make_interval(secs => %(seconds)s)
FROM parts p WHERE p.run = %(run)s AND p.entity = %(entity)s AND p.part = %(part)s

-- name: forget_early_attempts
DELETE FROM attempts
WHERE id IN (SELECT id FROM attempts WHERE run = %(run)s AND entity = %(entity)s AND part = %(part)s
             ORDER BY id DESC OFFSET %(kept)s)

-- name: revive_parts
UPDATE parts p SET state = died_in, died_in = NULL, attempts = 0, recuts = 0, error = NULL, sent_at = now()
FROM unnest(%(entities)s::text[], %(parts)s::integer[]) AS wanted (entity, part)
WHERE p.run = %(run)s AND p.entity = wanted.entity AND p.part = wanted.part AND p.state = 'dead'

-- name: last_part
SELECT coalesce(max(part), -1) AS part, coalesce(max(stream_end), 0) AS stream_end,
       coalesce(sum(records) FILTER (WHERE kind = 'xml'), 0)::bigint AS records
FROM parts WHERE run = %(run)s AND entity = %(entity)s

-- name: unfinished_parts
SELECT * FROM parts WHERE run = %(run)s AND state NOT IN ('done', 'dead') ORDER BY entity, part

-- name: pending
-- A damaged part waits for the split itself.
SELECT count(*) FROM parts WHERE run = %(run)s AND entity = %(entity)s AND state NOT IN ('done', 'dead', 'damaged')

-- name: totals
SELECT count(*) FILTER (WHERE state NOT IN ('done', 'dead')) AS unfinished,
       count(*) FILTER (WHERE state = 'dead') AS dead
FROM parts WHERE run = %(run)s

-- name: written
SELECT count(p.*) FILTER (WHERE p.kind = 'xml') AS parts,
       r.rows + coalesce(sum(p.rows), 0)::bigint AS rows,
       r.nodes + coalesce(sum(p.nodes), 0)::bigint AS nodes,
       r.edges + coalesce(sum(p.edges), 0)::bigint AS edges
FROM runs r LEFT JOIN parts p ON p.run = r.id WHERE r.id = %(run)s GROUP BY r.id

-- name: add_written
UPDATE runs SET rows = rows + %(rows)s, nodes = nodes + %(nodes)s, edges = edges + %(edges)s WHERE id = %(run)s

-- name: add_removed
UPDATE files SET removed = removed + %(rows)s WHERE run = %(run)s AND entity = %(entity)s

-- name: now
SELECT clock_timestamp()

-- name: backlog
-- A message that comes back by itself later (`sent_at` lies ahead) counts as sent.
SELECT entity, state, count(*) FILTER (WHERE sent_at IS NULL) AS unsent,
       count(*) FILTER (WHERE sent_at > now() OR sent_at <= %(before)s) AS sent
FROM parts WHERE run = %(run)s AND state NOT IN ('done', 'dead', 'damaged')
GROUP BY entity, state ORDER BY entity, state

-- name: send_again
-- A worker that is alive holds its part's row lock: SKIP LOCKED leaves its part alone. Materialized, so that the limit is
-- counted once.
WITH chosen AS MATERIALIZED (
    SELECT run, entity, part FROM parts
    WHERE run = %(run)s AND entity = %(entity)s AND state = %(state)s
      AND sent_at < now() - make_interval(secs => %(lease)s)
    ORDER BY sent_at, part LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE parts p SET sent_at = now() FROM chosen c
WHERE p.run = c.run AND p.entity = c.entity AND p.part = c.part
RETURNING p.*

-- name: send_ahead
-- As many parts that were not sent so far as the window has room for.
WITH chosen AS MATERIALIZED (
    SELECT run, entity, part FROM parts
    WHERE run = %(run)s AND entity = %(entity)s AND state = %(state)s AND sent_at IS NULL
    ORDER BY part
    LIMIT greatest(0, %(window)s - (
        SELECT count(*) FROM parts
        WHERE run = %(run)s AND entity = %(entity)s AND state = %(state)s AND sent_at IS NOT NULL))
    FOR UPDATE SKIP LOCKED)
UPDATE parts p SET sent_at = now() FROM chosen c
WHERE p.run = c.run AND p.entity = c.entity AND p.part = c.part
RETURNING p.*

-- name: expired_files
UPDATE files SET sent_at = now()
WHERE (run, entity) IN (
    SELECT run, entity FROM files
    WHERE run = %(run)s AND state IN ('listed', 'fetched')
      AND (sent_at IS NULL OR sent_at < now() - make_interval(secs => %(lease)s))
    FOR UPDATE SKIP LOCKED)
RETURNING *

-- name: touch_files
UPDATE files SET sent_at = now() WHERE run = %(run)s

-- name: forget_sent
-- All that no worker is at counts as not sent.
UPDATE parts SET sent_at = NULL
WHERE (run, entity, part) IN (
    SELECT run, entity, part FROM parts
    WHERE run = %(run)s AND state NOT IN ('done', 'dead') AND sent_at IS NOT NULL
    FOR UPDATE SKIP LOCKED)

-- name: hold
SELECT pg_advisory_lock(%(space)s, hashtext(%(what)s))

-- name: hold_to_end
SELECT pg_advisory_xact_lock(%(space)s, hashtext(%(what)s))

-- name: try_hold
SELECT pg_try_advisory_xact_lock(%(space)s, hashtext(%(what)s))

-- name: release
SELECT pg_advisory_unlock(%(space)s, hashtext(%(what)s))

-- name: installation
SELECT synthetic, generation, graph_identity, sample FROM installation

-- name: turn_generation
UPDATE installation SET generation = generation + 1 RETURNING generation

-- name: holds_records
SELECT EXISTS (SELECT FROM record_state)

-- name: set_kind
UPDATE installation SET synthetic = %(synthetic)s, sample = %(sample)s

-- name: add_event
INSERT INTO events (run, kind, detail, at)
VALUES (%(run)s, %(kind)s, %(detail)s, now() - make_interval(secs => %(age)s))

-- name: recent_events
SELECT id, at, run, kind, detail FROM events WHERE id > %(after)s ORDER BY id DESC LIMIT %(limit)s

-- name: progress
SELECT f.entity, f.state, f.bytes, f.read_bytes, f.records, f.unchanged,
       coalesce(greatest(0, extract(epoch FROM f.sent_at - now())), 0)::float8 AS put_off,
       coalesce(sum(p.records) FILTER (WHERE p.state = 'done'), 0)::bigint AS done,
       coalesce(sum(p.records) FILTER (WHERE p.state <> 'done'), 0)::bigint AS waiting,
       count(p.*) FILTER (WHERE p.state = 'dead') AS dead,
       count(p.*) FILTER (WHERE p.state NOT IN ('done', 'dead')) AS unfinished
-- A list of ids counts only where there is nothing else, as when the graph is filled again.
FROM files f LEFT JOIN parts p ON p.run = f.run AND p.entity = f.entity AND (p.kind = 'xml' OR f.state IN ('missing', 'refused'))
WHERE f.run = %(run)s GROUP BY f.run, f.entity ORDER BY f.entity

-- name: file_views
SELECT f.entity, f.name, f.state, f.bytes, f.read_bytes, f.records, f.unchanged, f.whole, f.problem, f.note,
       count(p.*) AS parts,
       count(p.*) FILTER (WHERE p.state = 'done') AS parts_done,
       count(p.*) FILTER (WHERE p.state = 'dead') AS parts_dead,
       (SELECT count(*) FROM quarantine q JOIN runs r ON r.id = f.run
        WHERE q.dump = r.dump AND q.entity = f.entity) AS quarantined,
       (SELECT count(*) FROM events e WHERE e.run = f.run AND e.kind IN ('part-damaged', 'file-damaged')
        AND e.detail ->> 'entity' = f.entity) AS damaged,
       (SELECT count(*) FROM quarantine q JOIN runs r ON r.id = f.run
        WHERE q.dump = r.dump AND q.entity = f.entity AND q.bytes IS NULL) AS unkept,
       (SELECT coalesce(jsonb_object_agg(name, times), '{}')
        FROM (SELECT key AS name, jsonb_build_object('times', sum((value ->> 'times')::bigint),
                                                     'example', min((value ->> 'example')::bigint)) AS times
              FROM parts d, jsonb_each(d.drift)
              WHERE d.run = f.run AND d.entity = f.entity GROUP BY key) AS counted) AS drift,
       (SELECT coalesce(jsonb_agg(e.detail - 'entity' ORDER BY e.id), '[]') FROM events e
        WHERE e.run = f.run AND e.kind = 'drift-collapsed' AND e.detail ->> 'entity' = f.entity) AS collapsed
FROM files f LEFT JOIN parts p ON p.run = f.run AND p.entity = f.entity
WHERE f.run = %(run)s GROUP BY f.run, f.entity ORDER BY f.entity
