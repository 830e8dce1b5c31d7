-- name: list
SELECT name, due, done_at, result, failed_at, error, asked_at FROM schedules

-- name: clock
-- And when the tables were brought to their present form.
SELECT now() AS now, max(applied_at) AS set_up_at FROM migrations

-- name: ask
UPDATE schedules SET asked_at = coalesce(asked_at, clock_timestamp()) WHERE name = %(name)s RETURNING asked_at
