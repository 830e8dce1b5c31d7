-- name: set_timeout
SELECT set_config('lock_timeout', %(milliseconds)s, true)
