-- name: list
SELECT name, due, done_at, result, failed_at, error, asked_at FROM schedules

-- name: ask
UPDATE schedules SET asked_at = coalesce(asked_at, clock_timestamp()) WHERE name = %(name)s RETURNING asked_at
