-- name: share
-- Whoever notes changes sees what is planned, or the plan sees them.
SELECT pg_advisory_xact_lock_shared(%(space)s, hashtext('derivations'))

-- name: note
-- What has to be made from all documents needs no note.
INSERT INTO document_changes (entity, id)
SELECT %(entity)s, unnest(%(ids)s::bigint[]) WHERE EXISTS (SELECT FROM derivations WHERE version IS NOT NULL)
