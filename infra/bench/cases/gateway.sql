-- name: some_releases
-- In no order that the gateway or the server could gain from.
SELECT id FROM releases ORDER BY md5(id::text) LIMIT %(count)s

-- name: is_derived
-- Whether everything is made that is derived from documents: planned, to begin with.
SELECT EXISTS (SELECT FROM derivations) AND NOT EXISTS (SELECT FROM document_changes)
   AND NOT EXISTS (SELECT FROM derivations WHERE version IS NULL OR building OR caught_up_at IS NULL)
