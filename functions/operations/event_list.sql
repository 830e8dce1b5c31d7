-- name: list
-- What an index finds, newest first; among these what none has. An event of a moment has its number within a day of it.
WITH found AS (
    SELECT id, at, run, kind, detail FROM events
    WHERE (%(before)s::bigint IS NULL OR id < %(before)s)
      AND (%(run)s::bigint IS NULL OR run = %(run)s)
      AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s::text[]))
      AND (%(level)s::text[] IS NULL OR kind = ANY(%(level)s::text[]))
      AND (%(other)s::text[] IS NULL OR kind <> ALL(%(other)s::text[]))
      AND (NOT %(acted)s::boolean OR detail ? 'by')
      AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR at < %(until)s AND id < coalesce((
          SELECT id FROM events WHERE at >= %(until)s::timestamptz + interval '1 day' ORDER BY at LIMIT 1), 9223372036854775807))
    ORDER BY id DESC LIMIT %(searched)s
)
SELECT id, at, run, kind, detail, detail ->> 'by' AS acted_by FROM found
WHERE (%(entity)s::text IS NULL OR detail ->> 'entity' = %(entity)s)
  AND (%(function)s::text IS NULL OR detail ->> 'function' = %(function)s)
  AND (%(by)s::text IS NULL OR detail ->> 'by' = %(by)s)
  AND (%(text)s::text IS NULL OR kind || ' ' || detail::text ILIKE %(text)s)
ORDER BY id DESC LIMIT %(limit)s

-- name: after
SELECT id, at, run, kind, detail FROM events WHERE id > %(after)s ORDER BY id LIMIT %(limit)s

-- name: of_numbers
SELECT id, at, run, kind, detail FROM events WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id

-- name: lately_before
-- A number is drawn before its transaction ends: of two events the one with the smaller number may be there later.
SELECT id, at, run, kind, detail FROM events
WHERE id < %(before)s AND id > %(before)s - 1000 AND at > now() - interval '1 minute' ORDER BY id

-- name: new
SELECT id, at, run, kind, detail FROM events
WHERE id = ANY(%(ids)s::bigint[]) OR id > %(after)s ORDER BY id LIMIT %(limit)s

-- name: missed
-- What came after an event, by its number or because its transaction ended later.
SELECT id, at, run, kind, detail FROM events
WHERE id > %(after)s - 1000 AND (id > %(after)s OR at > now() - interval '1 minute') AND id <> ALL(%(known)s::bigint[])
ORDER BY id LIMIT %(limit)s

-- name: numbers_until
SELECT id FROM events WHERE id > %(until)s - 1000 AND id <= %(until)s

-- name: last
SELECT coalesce(max(id), 0) FROM events

-- name: last_restore
SELECT coalesce(max(id), 0) FROM events WHERE kind = 'restored'

-- name: listen
-- The channel of the trigger on this table.
LISTEN linernotes_events
