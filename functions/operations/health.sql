-- name: last_of_parts
-- When the last part was through the step that takes it out of a state.
SELECT max(ended_at) FROM part_times WHERE run = (SELECT max(run) FROM part_times) AND step = %(step)s

-- name: last_download
SELECT max(fetched_at) FROM files WHERE run = (SELECT max(run) FROM files WHERE fetched_at IS NOT NULL)

-- name: last_split
SELECT max(split_at) FROM files WHERE run = (SELECT max(run) FROM files WHERE split_at IS NOT NULL)

-- name: last_finish
SELECT max(finished_at) FROM runs WHERE state = 'done'

-- name: last_derive
SELECT max(caught_up_at) FROM derivations

-- name: last_assemble
SELECT max(caught_up_at) FROM derivations

-- name: last_embed
SELECT max(caught_up_at) FROM derivations WHERE name = 'vectors'

-- name: last_wanted_run
-- The latest run, those left out that somebody has ended.
SELECT id, kind, state, reason, finished_at FROM runs WHERE state <> 'cancelled' ORDER BY id DESC LIMIT 1
