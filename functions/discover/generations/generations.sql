-- name: now
-- Whatever changes an answer is in here, with its moment: a run's number alone comes back after a reset.
-- An older run is never taken up again, and a derivation changes what is read while it is behind and not being built.
WITH latest AS (SELECT id, state, started_at, finished_at FROM runs ORDER BY id DESC LIMIT 1)
SELECT concat_ws(
           ' ',
           (SELECT generation FROM installation),
           (SELECT concat_ws(' ', id, state, started_at, finished_at) FROM latest),
           (SELECT string_agg(concat_ws(' ', name, version, building, caught_up_at), ' ' ORDER BY name) FROM derivations),
           (SELECT changed_at FROM suppressed_changed)),
       EXISTS (SELECT FROM latest WHERE state IN ('running', 'paused', 'finishing'))
           OR EXISTS (SELECT FROM derivations WHERE version IS NOT NULL AND NOT building AND caught_up_at IS NULL)
