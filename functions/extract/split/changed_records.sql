-- name: raw_in_range
SELECT id, raw FROM record_state WHERE entity = %(entity)s AND id BETWEEN %(low)s AND %(high)s AND raw IS NOT NULL

-- name: raw_by_id
SELECT id, raw FROM record_state WHERE entity = %(entity)s AND id = ANY(%(ids)s) AND raw IS NOT NULL
