-- name: set_lock_timeout
SELECT set_config('lock_timeout', %(timeout)s, false)

-- name: end_sessions
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = %(name)s AND usename = current_user AND pid <> pg_backend_pid()
