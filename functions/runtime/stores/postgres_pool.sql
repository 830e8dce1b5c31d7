-- name: keep_alive
-- The server gives up a connection whose other end is gone without a word after a minute, not after hours.
SELECT set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_interval', '10', false),
       set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '30000', false)
