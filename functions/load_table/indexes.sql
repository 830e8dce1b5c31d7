-- name: index_names
SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()

-- name: drop_indexes
-- By a function of the tables' owner: whoever begins a load may be another.
SELECT drop_document_indexes(%(names)s)

-- name: building
-- For this transaction only.
SELECT set_config('maintenance_work_mem', '256MB', true)
