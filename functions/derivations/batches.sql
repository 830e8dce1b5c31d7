-- name: hold
SELECT pg_advisory_xact_lock(%(space)s, hashtext('derivations'))

-- name: begin
-- Before anything else is read: whoever empties the stores takes this table first, too.
LOCK TABLE document_batches IN ROW EXCLUSIVE MODE

-- name: hold_batches
-- Whoever works on a batch holds its row first: none is in work from here on.
SELECT count(*) FROM (SELECT batch FROM document_batches ORDER BY batch FOR UPDATE) AS held

-- name: register
INSERT INTO derivations (name) SELECT unnest(%(names)s::text[]) ON CONFLICT DO NOTHING

-- name: versions
SELECT name, version, variant FROM derivations

-- name: filled
-- Entities that have documents.
SELECT entity FROM (VALUES (1, EXISTS (SELECT FROM artists)), (2, EXISTS (SELECT FROM labels)),
                           (3, EXISTS (SELECT FROM masters)), (4, EXISTS (SELECT FROM releases))) AS e (entity, filled)
WHERE filled

-- name: hold_derivations
-- Before tables of theirs: whoever publishes one, or has it fall behind, waits for the other and sees what that did.
SELECT FROM derivations WHERE name = ANY(%(names)s::text[]) ORDER BY name FOR NO KEY UPDATE

-- name: begin_build
UPDATE derivations SET version = %(version)s, variant = %(variant)s, building = true, caught_up_at = NULL, batches = 0,
    assembling_at = NULL, assemble_attempts = 0, given_up = false, error = NULL
WHERE name = %(name)s

-- name: drop_work
DELETE FROM derivation_work WHERE derivation = ANY(%(names)s::text[])

-- name: drop_finished
DELETE FROM document_batches b WHERE NOT EXISTS (SELECT FROM derivation_work w WHERE w.batch = b.batch)

-- name: next_{entity}
-- for each {entity}: artists, labels, masters, releases
SELECT id FROM {entity} WHERE id >= %(first)s ORDER BY id OFFSET %(size)s LIMIT 1

-- name: add_range
INSERT INTO document_batches (entity, first_id, last_id) VALUES (%(entity)s, %(first)s, %(last)s) RETURNING batch

-- name: add_ids
INSERT INTO document_batches (entity, ids) VALUES (%(entity)s, %(ids)s) RETURNING batch

-- name: add_work
INSERT INTO derivation_work (batch, derivation) SELECT %(batch)s, unnest(%(names)s::text[])

-- name: count_planned
UPDATE derivations SET batches = batches + %(count)s WHERE name = ANY(%(names)s::text[])

-- name: take_changes
-- Each id once, in order; what is noted meanwhile stays.
WITH taken AS (DELETE FROM document_changes RETURNING entity, id)
SELECT DISTINCT entity, id FROM taken ORDER BY entity, id

-- name: send
-- The next batches with work, as many as there is room for.
UPDATE document_batches SET sent_at = now()
WHERE batch IN (
    SELECT b.batch FROM document_batches b
    WHERE b.sent_at IS NULL AND EXISTS (SELECT FROM derivation_work w WHERE w.batch = b.batch AND NOT w.dead)
    ORDER BY b.batch FOR UPDATE SKIP LOCKED
    LIMIT greatest(%(window)s - (SELECT count(*) FROM document_batches b
                                 WHERE b.sent_at IS NOT NULL
                                   AND EXISTS (SELECT FROM derivation_work w WHERE w.batch = b.batch AND NOT w.dead)), 0))
RETURNING batch

-- name: send_again
UPDATE document_batches SET sent_at = now()
WHERE batch IN (
    SELECT b.batch FROM document_batches b
    WHERE b.sent_at < now() - make_interval(secs => %(lease)s)
      AND EXISTS (SELECT FROM derivation_work w WHERE w.batch = b.batch AND NOT w.dead)
    ORDER BY b.batch LIMIT %(window)s FOR UPDATE SKIP LOCKED)
RETURNING batch

-- name: put_off
UPDATE document_batches SET sent_at = now() + make_interval(secs => %(seconds)s) WHERE batch = %(batch)s

-- name: count_attempt
UPDATE derivation_work SET attempts = attempts + 1 WHERE batch = %(batch)s AND NOT dead RETURNING derivation, attempts

-- name: uncount_attempt
UPDATE derivation_work SET attempts = attempts - 1 WHERE batch = %(batch)s AND NOT dead AND attempts > 0

-- name: lock_batch
SELECT entity, first_id, last_id, ids FROM document_batches WHERE batch = %(batch)s FOR UPDATE

-- name: share_entity
-- Ranges share no document.
SELECT pg_advisory_xact_lock_shared(%(space)s, %(entity)s)

-- name: hold_entity
-- Documents that changed are read and written alone, so that nothing older is written after them.
SELECT pg_advisory_xact_lock(%(space)s, %(entity)s)

-- name: work
SELECT w.derivation, d.building FROM derivation_work w JOIN derivations d ON d.name = w.derivation
WHERE w.batch = %(batch)s AND NOT w.dead ORDER BY w.derivation

-- name: made
DELETE FROM derivation_work WHERE batch = %(batch)s AND derivation = %(derivation)s

-- name: failed
UPDATE derivation_work SET error = %(error)s WHERE batch = %(batch)s AND derivation = %(derivation)s

-- name: mark_dead
UPDATE derivation_work SET dead = true, error = %(error)s WHERE batch = %(batch)s AND NOT dead RETURNING derivation

-- name: drop_batch
DELETE FROM document_batches b
WHERE b.batch = %(batch)s AND NOT EXISTS (SELECT FROM derivation_work w WHERE w.batch = b.batch)

-- name: revive_assembly
UPDATE derivations SET given_up = false, assemble_attempts = 0, assembling_at = NULL, error = NULL WHERE given_up

-- name: revive
WITH revived AS (UPDATE derivation_work SET dead = false, attempts = 0, error = NULL
                 WHERE dead AND (%(batches)s::bigint[] IS NULL OR batch = ANY(%(batches)s::bigint[])) RETURNING batch)
UPDATE document_batches SET sent_at = NULL WHERE batch IN (SELECT batch FROM revived)

-- name: caught_up
-- Derivations of which nothing is left to be made.
SELECT name, building FROM derivations d
WHERE version IS NOT NULL AND (building OR caught_up_at IS NULL)
  AND NOT EXISTS (SELECT FROM derivation_work w WHERE w.derivation = d.name)
FOR UPDATE SKIP LOCKED

-- name: behind
SELECT name FROM derivations WHERE version IS NULL OR building OR caught_up_at IS NULL

-- name: send_assemble
-- Those of which all batches are made, and whose message was not sent, or lost.
UPDATE derivations SET assembling_at = now()
WHERE name IN (SELECT name FROM derivations d
               WHERE name = ANY(%(names)s::text[]) AND version IS NOT NULL AND NOT given_up
                 AND (building OR caught_up_at IS NULL)
                 AND (assembling_at IS NULL OR assembling_at < now() - make_interval(secs => %(lease)s))
                 AND NOT EXISTS (SELECT FROM derivation_work w WHERE w.derivation = d.name)
               FOR UPDATE SKIP LOCKED)
RETURNING name

-- name: hold_assembly
-- One of them at a time, whoever has the message; it ends with the connection.
SELECT pg_advisory_lock(%(space)s, hashtext('assemble ' || %(name)s))

-- name: let_go_assembly
SELECT pg_advisory_unlock(%(space)s, hashtext('assemble ' || %(name)s))

-- name: assembly
-- What is to be assembled of it now, the batches that were ever made, and the attempts so far.
SELECT building, (SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('document_batches', 'batch')), 0)),
       assemble_attempts
FROM derivations d
WHERE name = %(name)s AND version IS NOT NULL AND (building OR caught_up_at IS NULL)
  AND NOT EXISTS (SELECT FROM derivation_work w WHERE w.derivation = d.name)

-- name: count_assembly
UPDATE derivations SET assemble_attempts = assemble_attempts + 1 WHERE name = %(name)s

-- name: uncount_assembly
UPDATE derivations SET assemble_attempts = assemble_attempts - 1 WHERE name = %(name)s AND assemble_attempts > 0

-- name: assemble_again
-- Something came meanwhile.
UPDATE derivations SET assembling_at = NULL, assemble_attempts = 0 WHERE name = %(name)s

-- name: put_off_assembly
UPDATE derivations SET assembling_at = now() + make_interval(secs => %(seconds)s), error = %(error)s
WHERE name = %(name)s

-- name: give_up_assembly
UPDATE derivations SET given_up = true, error = %(error)s WHERE name = %(name)s

-- name: set_caught_up
UPDATE derivations SET building = false, caught_up_at = now(), batches = 0, assembling_at = NULL,
    assemble_attempts = 0, given_up = false, error = NULL
WHERE name = %(name)s

-- name: fall_behind
UPDATE derivations SET caught_up_at = NULL, assembling_at = NULL WHERE name = ANY(%(names)s::text[])

-- name: forget
-- Everything has to be made again.
UPDATE derivations SET version = NULL, building = false, caught_up_at = NULL, batches = 0, assembling_at = NULL,
    assemble_attempts = 0, given_up = false, error = NULL
WHERE name = ANY(%(names)s::text[])
