-- What processes say of themselves, for whoever is not on their host. Lost with a crash of the server, and said again
-- soon after: not worth a line in the write-ahead log.
CREATE UNLOGGED TABLE workers (
    id           text PRIMARY KEY,        -- drawn by the process
    function     text NOT NULL,           -- or scheduler, gateway
    host         text NOT NULL,
    pid          integer NOT NULL,
    version      text NOT NULL,
    since        timestamptz NOT NULL,    -- by this server's clock, as all times here
    state        text NOT NULL CHECK (state IN ('idle', 'busy')),
    state_since  timestamptz NOT NULL,
    message      jsonb,                   -- run, entity, part or batch of the message in hand
    rss          bigint NOT NULL,         -- bytes of resident memory
    pss          bigint NOT NULL,         -- of it, what is not shared, and a fair part of what is
    at           timestamptz NOT NULL,    -- when it said so
    good_for     interval NOT NULL        -- for how long that holds: it has said something else by then, or is gone
) WITH (fillfactor = 50);
