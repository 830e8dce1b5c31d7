-- name: names
SELECT key, releases, masters FROM counts WHERE kind = %(kind)s AND releases + masters > 0
ORDER BY releases DESC, key LIMIT 5000

-- name: profile
SELECT dimension, value, releases FROM profiles WHERE topic = %(topic)s AND name = %(name)s
ORDER BY releases DESC, dimension, value COLLATE "C"

-- name: years_of
SELECT name, value::integer, releases FROM profiles
WHERE topic = %(topic)s AND name = ANY(%(names)s::text[]) AND dimension = 'year'
ORDER BY name, value::integer

-- name: masters
SELECT id, title, year, jsonb_path_query_array(data, '$.artists[*].name') FROM masters t
WHERE id = ANY(%(ids)s::bigint[]) AND title IS NOT NULL
  AND NOT EXISTS (SELECT FROM suppressed s WHERE s.entity = 'masters' AND s.id = t.id)

-- name: counted
-- When everything was counted; NULL while something is newer than the counts. No row: they were never made.
SELECT caught_up_at, EXISTS (SELECT FROM profiles) FROM derivations WHERE name = 'profiles'
