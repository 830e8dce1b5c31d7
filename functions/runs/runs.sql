-- name: empty
-- Numbers go on: a late message of a run that is gone must not meet another run of its number.
-- Batches of documents come first, as for whoever works on one.
TRUNCATE document_batches, derivation_work, document_changes, runs, files, parts, steps, record_state, quarantine,
    tombstones, events, artists, labels, masters, releases, changes, baselines, counts, count_deltas, graph_candidates,
    year_bounds, file_addresses, attempts, part_times, webhook_deliveries

-- name: scaling
-- When the stack was started, and what was decided of each function last since then: whoever empties the stores scales
-- nothing by that.
WITH started AS (SELECT coalesce(max(id), 0) AS id FROM events WHERE kind = 'stack-started')
SELECT at, kind, detail
FROM (SELECT DISTINCT ON (kind, detail ->> 'function') events.id, at, kind, detail FROM events, started
      WHERE events.id >= started.id AND kind IN ('stack-started', 'scaled')
      ORDER BY kind, detail ->> 'function', events.id DESC) AS latest
ORDER BY id

-- name: keep_scaling
INSERT INTO events (at, kind, detail) VALUES (%(at)s, %(kind)s, %(detail)s)

-- name: hold_batches_table
-- Before runs are read: whoever empties the stores takes this table first, too.
LOCK TABLE document_batches IN ROW EXCLUSIVE MODE

-- name: empty_derivations
UPDATE derivations SET version = NULL, building = false, caught_up_at = NULL, batches = 0

-- name: empty_installation
UPDATE installation SET synthetic = NULL, sample = false, counts_version = NULL, generation = generation + 1,
    graph_identity = NULL, graph_run = NULL, graph_run_next = NULL, graph_settled = NULL

-- name: set_lock_timeout
SELECT set_config('lock_timeout', %(timeout)s, true)

-- name: last_parts
-- Whoever still writes a part of the run before this one, cancelled or failed, holds the part's row.
SELECT p.part FROM parts p
WHERE p.run = (SELECT max(id) FROM runs) AND p.state = 'parsed' ORDER BY p.entity, p.part FOR UPDATE

-- name: over
-- Of these runs in the bucket, those that ended long ago, and those whose beginning broke off: later ones are known.
SELECT found.id FROM unnest(%(runs)s::bigint[]) AS found (id) LEFT JOIN runs USING (id)
WHERE (state IN ('stopped', 'cancelled', 'failed', 'done') AND finished_at < now() - make_interval(days => %(days)s))
   OR (state IS NULL AND found.id < (SELECT max(id) FROM runs))

-- name: forget_parts
DELETE FROM parts WHERE run = %(run)s AND state IN ('done', 'dead')

-- name: delete_events
DELETE FROM events WHERE at < now() - make_interval(days => %(days)s)

-- name: delete_attempts
DELETE FROM attempts WHERE at < now() - make_interval(days => %(days)s)

-- name: delete_part_times
DELETE FROM part_times WHERE ended_at < now() - make_interval(days => %(days)s)

-- name: delete_deliveries
DELETE FROM webhook_deliveries WHERE ended_at < now() - make_interval(days => %(days)s)

-- name: counts
SELECT (SELECT count(*) FROM artists) AS artists, (SELECT count(*) FROM labels) AS labels,
       (SELECT count(*) FROM masters) AS masters, (SELECT count(*) FROM releases) AS releases,
       (SELECT count(*) FROM tombstones) AS tombstones, (SELECT count(*) FROM quarantine) AS quarantine

