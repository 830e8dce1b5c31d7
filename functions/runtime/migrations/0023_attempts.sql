-- Attempts at a part that failed, with the error of each: the last twenty of a part. No reference to the part: whoever
-- works on it holds its row, and an error is noted beside it.
CREATE TABLE attempts (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run      bigint NOT NULL REFERENCES runs ON DELETE CASCADE,
    entity   text NOT NULL,
    part     integer NOT NULL,
    function text NOT NULL,
    attempt  integer NOT NULL,              -- the starts of this step so far
    at       timestamptz NOT NULL,
    host     text NOT NULL,
    pid      integer NOT NULL,
    error    text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('retry', 'dead')),
    retry_at timestamptz                    -- when it comes back; NULL: it does not
);
CREATE INDEX attempts_of_part ON attempts (run, entity, part, id);

-- One row for each step that a part has been through, written by the transaction that ends the step. `step` is the state
-- that the part was in before. Neither key nor reference: this is for people, and costs next to nothing.
CREATE TABLE part_times (
    run      bigint NOT NULL,
    entity   text NOT NULL,
    part     integer NOT NULL,
    step     text NOT NULL,
    records  integer NOT NULL,
    due_at   timestamptz,                   -- when its message was sent
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL
);
CREATE INDEX part_times_of_run ON part_times (run, ended_at);

ALTER TABLE files
    ADD COLUMN fetched_at timestamptz,      -- when it was here and checked
    ADD COLUMN began_at   timestamptz,      -- when its split began
    ADD COLUMN split_at   timestamptz,      -- and when it was through
    ADD COLUMN removed    bigint NOT NULL DEFAULT 0; -- records that the dump no longer has, taken out so far

-- What the last run of a schedule came to, beside when the last one succeeded.
ALTER TABLE schedules
    ADD COLUMN result    text,
    ADD COLUMN failed_at timestamptz,       -- NULL once it has succeeded since
    ADD COLUMN error     text;

-- The last decision of the autoscaler about each function.
CREATE INDEX events_scaled ON events ((detail ->> 'function'), id) WHERE kind = 'scaled';
CREATE INDEX events_by_kind ON events (kind, id);

-- For whoever looks at a run once a second: most of its parts are done, and then never change.
CREATE INDEX parts_done ON parts (run, entity, kind) INCLUDE (records) WHERE state = 'done';
CREATE INDEX parts_not_done ON parts (run, entity, kind) WHERE state <> 'done';
