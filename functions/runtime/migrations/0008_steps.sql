-- What the end of a run is at, for people who wait: one row for each step and, where it goes by entity, for each of them.
CREATE TABLE steps (
    run      bigint NOT NULL REFERENCES runs ON DELETE CASCADE,
    step     text NOT NULL,
    entity   text NOT NULL DEFAULT '',
    done     bigint NOT NULL DEFAULT 0,
    total    bigint,                    -- NULL: not known
    began_at timestamptz NOT NULL,
    at       timestamptz NOT NULL,      -- of the last progress
    PRIMARY KEY (run, step, entity)
);

-- Starts of a run's end that did not come to an end, as `attempts` of files and parts.
ALTER TABLE runs ADD COLUMN attempts integer NOT NULL DEFAULT 0;
