-- name: announced
SELECT EXISTS (SELECT FROM events WHERE kind = %(kind)s AND detail ->> 'dump' = %(dump)s
               AND detail ->> 'source' = %(source)s)

-- name: failure_noted
-- Since the last look that succeeded.
SELECT EXISTS (SELECT FROM events WHERE kind = 'check-failed' AND detail ->> 'source' = %(source)s
               AND at > coalesce((SELECT done_at FROM schedules WHERE name = 'check'), '-infinity'))

-- name: was_begun
-- A run that was cancelled or has failed counts: to begin anew is for a person to say.
SELECT EXISTS (SELECT FROM runs WHERE kind = 'load' AND dump >= %(dump)s)
