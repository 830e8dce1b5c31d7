-- name: is_other
-- Whether the library that sorts is another than when this was noted: after an update of the system.
SELECT collversion IS DISTINCT FROM pg_collation_actual_version(oid) FROM pg_collation
WHERE oid = to_regcollation('people')

-- name: sorted_by_it
SELECT indexrelid::regclass::text FROM pg_index WHERE to_regcollation('people')::oid = ANY (indcollation) ORDER BY 1

-- name: build
REINDEX INDEX {name}

-- name: note
ALTER COLLATION people REFRESH VERSION
