-- name: forget_targets
-- An address that is no longer named; named again, it is told what comes from then on.
WITH gone AS (DELETE FROM webhook_targets WHERE target <> ALL(%(targets)s::text[]) RETURNING target)
DELETE FROM webhook_deliveries USING gone WHERE webhook_deliveries.target = gone.target AND state = 'waiting'

-- name: add_target
INSERT INTO webhook_targets (target, host) VALUES (%(target)s, %(host)s) ON CONFLICT DO NOTHING

-- name: add_due
INSERT INTO webhook_deliveries (target, event)
SELECT t.target, e.id FROM events e JOIN webhook_targets t ON e.at >= t.since
WHERE e.kind = ANY(%(kinds)s::text[]) AND e.at > now() - make_interval(secs => %(seconds)s)
ON CONFLICT DO NOTHING

-- name: forget_gone
-- Events go in time, and with a reset.
DELETE FROM webhook_deliveries d WHERE d.state = 'waiting' AND NOT EXISTS (SELECT FROM events e WHERE e.id = d.event)

-- name: claim
-- The first that is due: one that waits for its next try does not hold up those behind it.
UPDATE webhook_deliveries d SET attempts = d.attempts + 1, due = now() + make_interval(secs => %(lease)s)
FROM events e
WHERE d.target = %(target)s AND d.event = e.id
  AND d.event = (SELECT event FROM webhook_deliveries
                 WHERE target = %(target)s AND state = 'waiting' AND due <= now()
                 ORDER BY event LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING d.event, d.attempts, e.at, e.run, e.kind, e.detail

-- name: delivered
UPDATE webhook_deliveries SET state = 'delivered', status = %(status)s, error = NULL, ended_at = now()
WHERE target = %(target)s AND event = %(event)s

-- name: put_off
UPDATE webhook_deliveries
SET status = %(status)s, error = %(error)s, due = now() + make_interval(secs => %(seconds)s)
WHERE target = %(target)s AND event = %(event)s

-- name: give_up
UPDATE webhook_deliveries SET state = 'given-up', status = %(status)s, error = %(error)s, ended_at = now()
WHERE target = %(target)s AND event = %(event)s
