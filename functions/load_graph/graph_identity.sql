-- name: graph
SELECT graph_identity, graph_writes, graph_run, graph_run_next FROM installation

-- name: shows_something
SELECT EXISTS (SELECT FROM record_state WHERE graph IS NOT NULL)

-- name: forget_graph
UPDATE installation SET graph_identity = NULL, graph_run = NULL, graph_run_next = NULL

-- name: clear_digests
UPDATE record_state SET graph = NULL WHERE graph IS NOT NULL

-- name: some_shown
-- The last of the next ids that the graph shows something of.
SELECT max(id) FROM (
    SELECT id FROM record_state
    WHERE entity = %(entity)s AND id > %(after)s AND graph IS NOT NULL ORDER BY id LIMIT %(limit)s) AS found

-- name: clear_range
UPDATE record_state SET graph = NULL
WHERE entity = %(entity)s AND id > %(after)s AND id <= %(last)s AND graph IS NOT NULL

-- name: set_graph
UPDATE installation SET graph_identity = %(identity)s, graph_run = %(run)s, graph_run_next = NULL, graph_writes = 0

-- name: announce_run
UPDATE installation SET graph_run = %(found)s, graph_run_next = %(run)s

-- name: confirm_run
UPDATE installation SET graph_run = %(run)s, graph_run_next = NULL

-- name: note_writing
UPDATE installation SET graph_writes = %(writes)s

-- name: share_graph
SELECT pg_advisory_xact_lock_shared(%(space)s, hashtext('graph'))

-- name: take_turn
-- To the end of the transaction.
SELECT pg_advisory_xact_lock(%(space)s, hashtext('writer'))
