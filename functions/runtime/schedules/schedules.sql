-- name: due
SELECT due FROM schedules WHERE name = %(name)s

-- name: add
INSERT INTO schedules (name, due) VALUES (%(name)s, %(due)s) ON CONFLICT DO NOTHING

-- name: move
UPDATE schedules SET due = %(due)s WHERE name = %(name)s

-- name: done
UPDATE schedules SET due = %(due)s, done_at = now() WHERE name = %(name)s
