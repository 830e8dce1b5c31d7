-- name: is_derived
-- Whether everything is made that is derived from documents: planned, to begin with.
SELECT EXISTS (SELECT FROM derivations) AND NOT EXISTS (SELECT FROM document_changes)
   AND NOT EXISTS (SELECT FROM derivations WHERE version IS NULL OR building OR caught_up_at IS NULL)
