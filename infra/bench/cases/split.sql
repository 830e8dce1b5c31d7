-- name: copy_states
COPY record_state (entity, id, raw) FROM STDIN

-- name: analyze
ANALYZE record_state
