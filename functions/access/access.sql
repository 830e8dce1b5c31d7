-- name: make_key
INSERT INTO access_keys (name, access_right, digest, made_by, expires_at)
VALUES (%(name)s, %(right)s, %(digest)s, %(by)s, now() + make_interval(days => %(days)s))
ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING
RETURNING id, name, access_right AS "right", made_at, made_by, used_at, expires_at, revoked_at

-- name: keys
SELECT id, name, access_right AS "right", made_at, made_by, used_at, expires_at, revoked_at
FROM access_keys WHERE %(all)s OR revoked_at IS NULL ORDER BY id

-- name: revoke_key
UPDATE access_keys SET revoked_at = now() WHERE name = %(name)s AND revoked_at IS NULL
RETURNING id, name, access_right AS "right", made_at, made_by, used_at, expires_at, revoked_at

-- name: key
SELECT id, name, access_right AS "right", digest, expires_at,
       used_at IS NULL OR used_at < now() - interval '1 hour' AS note_use
FROM access_keys
WHERE id = %(id)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())

-- name: note_use
UPDATE access_keys SET used_at = now()
WHERE id = %(id)s AND (used_at IS NULL OR used_at < now() - interval '1 hour')

-- name: make_token
INSERT INTO access_sessions (access_right, digest, made_by, expires_at)
VALUES (%(right)s, %(digest)s, %(by)s, now() + make_interval(mins => %(minutes)s))
RETURNING id

-- name: token
-- Its row is held: of two who show it at once, one comes too late.
SELECT digest, begun_at IS NOT NULL AS used, expires_at <= now() AS old
FROM access_sessions WHERE id = %(id)s AND digest IS NOT NULL FOR UPDATE

-- name: begin_with_token
UPDATE access_sessions SET begun_at = now(), ends_at = date_trunc('second', now()) + make_interval(secs => %(seconds)s)
WHERE id = %(id)s RETURNING id

-- name: begin_with_key
INSERT INTO access_sessions (access_right, key, made_by, begun_at, ends_at)
SELECT access_right, id, 'key:' || name, now(),
       least(date_trunc('second', now()) + make_interval(secs => %(seconds)s), date_trunc('second', expires_at))
FROM access_keys WHERE id = %(id)s
RETURNING id

-- name: session
-- One that counts: begun, not at its end, nobody signed out, and where it began with a key, that counts, too.
SELECT s.id, s.access_right AS "right", s.made_by, s.ends_at
FROM access_sessions s LEFT JOIN access_keys k ON k.id = s.key
WHERE s.id = %(id)s AND s.ends_at > now() AND s.left_at IS NULL
  AND (s.key IS NULL OR (k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())))

-- name: leave
UPDATE access_sessions SET left_at = now() WHERE id = %(id)s AND left_at IS NULL

-- name: forget_sessions
-- Whatever ended, or was never used, a week ago.
DELETE FROM access_sessions
WHERE made_at < now() - interval '7 days' AND coalesce(ends_at, expires_at) < now() - interval '7 days'

-- name: forget_limits
-- A bucket that nobody took from for an hour is full.
DELETE FROM access_limits WHERE at < now() - interval '1 hour'
