-- name: list
-- What an index finds, newest first; among these what none has. Of the bytes only the beginning is read, if it is wanted.
WITH found AS (
    SELECT q.id FROM quarantine q
    WHERE (%(before)s::bigint IS NULL OR q.id < %(before)s)
      AND (%(number)s::bigint IS NULL OR q.id = %(number)s)
      AND (%(entity)s::text IS NULL OR q.entity = %(entity)s)
      AND (%(dump)s::date IS NULL OR q.dump = %(dump)s)
      AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
      AND (%(run)s::bigint IS NULL OR q.run = %(run)s)
      AND (%(record)s::bigint IS NULL OR q.record_id = %(record)s)
      AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = q.entity AND s.id = q.record_id)
    ORDER BY q.id DESC LIMIT %(searched)s
)
SELECT q.id, q.dump, q.entity, q.record_id, q.reason, q.detail, q.size, q.run, q.noticed_at,
       CASE WHEN %(bytes)s > 0 THEN substring(q.bytes FROM 1 FOR %(bytes)s) END AS sample
FROM found JOIN quarantine q USING (id)
WHERE (%(since)s::timestamptz IS NULL OR q.noticed_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR q.noticed_at < %(until)s)
  AND (%(text)s::text IS NULL OR q.detail ILIKE %(text)s)
ORDER BY q.id DESC LIMIT %(limit)s

-- name: samples
SELECT id, substring(bytes FROM 1 FOR %(bytes)s) FROM quarantine WHERE id = ANY(%(ids)s)
