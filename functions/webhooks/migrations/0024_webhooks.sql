-- Whoever looks at events hears of each one as its transaction commits, whichever process it was.
CREATE FUNCTION tell_of_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('linernotes_events', NEW.id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER events_told AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION tell_of_event();

-- What lists are filtered by.
CREATE INDEX IF NOT EXISTS events_by_kind ON events (kind, id);
CREATE INDEX events_run ON events (run, id) WHERE run IS NOT NULL;
CREATE INDEX events_acted ON events (id) WHERE detail ? 'by';
CREATE INDEX quarantine_record ON quarantine (entity, record_id);
CREATE INDEX quarantine_reason ON quarantine (reason, id);
CREATE INDEX quarantine_run ON quarantine (run, id);

-- What became of the last run of a schedule, and whether somebody wants one now.
ALTER TABLE schedules
    ADD COLUMN IF NOT EXISTS result    text,        -- what the last one that succeeded has done, in words
    ADD COLUMN IF NOT EXISTS failed_at timestamptz, -- NULL once one has succeeded since
    ADD COLUMN IF NOT EXISTS error     text,        -- why the last one failed
    ADD COLUMN asked_at timestamptz;

-- Addresses that events are told to, by a digest: the address itself may hold a secret.
CREATE TABLE webhook_targets (
    target text PRIMARY KEY,
    host   text NOT NULL,
    since  timestamptz NOT NULL DEFAULT now()       -- of what was before nothing is told
);

CREATE TABLE webhook_deliveries (
    target   text NOT NULL,
    event    bigint NOT NULL,
    state    text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given-up')),
    attempts integer NOT NULL DEFAULT 0,
    due      timestamptz NOT NULL DEFAULT now(),    -- when it is tried next
    ended_at timestamptz,
    status   integer,                               -- the last answer
    error    text,                                  -- why the last try failed
    PRIMARY KEY (target, event)
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (target, event) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;
