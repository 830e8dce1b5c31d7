-- name: due
SELECT due FROM schedules WHERE name = %(name)s

-- name: add
INSERT INTO schedules (name, due) VALUES (%(name)s, %(due)s) ON CONFLICT DO NOTHING

-- name: move
UPDATE schedules SET due = %(due)s WHERE name = %(name)s

-- name: begun
-- A run that was asked for is due until it has succeeded, as any other.
UPDATE schedules SET asked_at = NULL, due = CASE WHEN asked_at IS NULL THEN due ELSE least(due, now()) END
WHERE name = %(name)s AND asked_at IS NOT NULL

-- name: asked
SELECT name FROM schedules WHERE asked_at IS NOT NULL

-- name: done
UPDATE schedules SET due = %(due)s, done_at = now(), result = %(result)s, failed_at = NULL, error = NULL
WHERE name = %(name)s

-- name: failed
UPDATE schedules SET failed_at = now(), error = %(error)s WHERE name = %(name)s
