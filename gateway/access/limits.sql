-- name: take
-- Tokens that were given, and those that are left. clock_timestamp: whoever waited for the row looks at the clock then.
INSERT INTO access_limits AS held (name, tokens, granted, at)
VALUES (%(name)s, %(burst)s - %(wanted)s, %(wanted)s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET (tokens, granted, at) = (
    SELECT there - given, given, greatest(held.at, now) FROM (
        SELECT there, least(%(wanted)s, floor(there))::integer AS given, now FROM (
            SELECT least(%(burst)s::float8,
                         held.tokens + greatest(0, extract(epoch FROM now - held.at)::float8) * %(rate)s::float8) AS there,
                   now
            FROM clock_timestamp() AS now
        ) AS filled
    ) AS taken
)
RETURNING granted, tokens
