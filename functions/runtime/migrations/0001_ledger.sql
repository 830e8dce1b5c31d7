-- The ledger: every run, file and part, and what each stage has of each record.

CREATE TABLE runs (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('load', 'rebuild', 'retry')),
    dump        date,
    source      text NOT NULL,
    synthetic   boolean NOT NULL DEFAULT false,
    entities    text[] NOT NULL,
    only_store  text CHECK (only_store IN ('table', 'graph')),
    engine      text NOT NULL DEFAULT 'lxml',
    accept_deletions boolean NOT NULL DEFAULT false,
    state       text NOT NULL DEFAULT 'running'
                CHECK (state IN ('running', 'paused', 'finishing', 'stopped', 'cancelled', 'failed', 'done')),
    reason      text,
    rows        bigint NOT NULL DEFAULT 0,  -- written by finish itself, beside what the parts wrote
    nodes       bigint NOT NULL DEFAULT 0,
    edges       bigint NOT NULL DEFAULT 0,
    started_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
-- One active run at a time.
CREATE UNIQUE INDEX runs_one_active ON runs ((true)) WHERE state IN ('running', 'paused', 'finishing');

CREATE TABLE files (
    run         bigint NOT NULL REFERENCES runs ON DELETE CASCADE,
    entity      text NOT NULL,
    name        text NOT NULL,
    sha256      text,
    bytes       bigint,
    location    text,
    state       text NOT NULL CHECK (state IN ('listed', 'missing', 'fetched', 'split')),
    records     bigint NOT NULL DEFAULT 0,
    unchanged   bigint NOT NULL DEFAULT 0,
    read_bytes  bigint NOT NULL DEFAULT 0,  -- progress through the compressed file
    parts       integer,                    -- how many parts, known once the split is through
    whole       boolean NOT NULL DEFAULT false, -- closing root tag seen, and no piece whose id is unknown
    problem     text,
    fields      jsonb,                      -- the sums over its parts, once the run is at its end
    seen_key    text,                       -- the bitmap of ids seen, in the bucket
    sent_at     timestamptz,
    attempts    integer NOT NULL DEFAULT 0,
    PRIMARY KEY (run, entity)
);

CREATE TABLE parts (
    run         bigint NOT NULL,
    entity      text NOT NULL,
    part        integer NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('xml', 'ids')), -- ids: no XML, a list of ids to project
    state       text NOT NULL CHECK (state IN ('cut', 'parsed', 'loaded', 'done', 'dead')),
    records     integer NOT NULL,
    stream_end  bigint NOT NULL DEFAULT 0,  -- bytes of XML up to the end of this part: where a split goes on
    quarantined integer NOT NULL DEFAULT 0,
    rows        integer NOT NULL DEFAULT 0,
    nodes       integer NOT NULL DEFAULT 0,
    edges       integer NOT NULL DEFAULT 0,
    died_in     text,                       -- the state it was in when its message became a dead letter
    drift       jsonb,                      -- what the model does not know: {name: {times, example}}
    fields      jsonb,                      -- occurrences of each field in a sample of its lines
    error       text,
    sent_at     timestamptz,
    attempts    integer NOT NULL DEFAULT 0,
    PRIMARY KEY (run, entity, part),
    FOREIGN KEY (run, entity) REFERENCES files ON DELETE CASCADE
);
CREATE INDEX parts_unfinished ON parts (run) WHERE state NOT IN ('done', 'dead');

-- What each stage has of each record; entity: 1 artists, 2 labels, 3 masters, 4 releases.
-- raw: digest of the record's bytes. doc: digest of its document, NULL when there is none.
-- graph and embed: the document that each projection shows, mixed with the version of its code.
CREATE TABLE record_state (
    entity smallint NOT NULL,
    id     bigint NOT NULL,
    raw    bigint,
    doc    bigint,
    graph  bigint,
    embed  bigint,
    PRIMARY KEY (entity, id)
);

CREATE TABLE quarantine (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dump       date NOT NULL,
    entity     text NOT NULL,
    stream_at  bigint NOT NULL,        -- where the piece begins in the XML
    record_id  bigint,                 -- NULL when the piece does not tell
    reason     text NOT NULL,
    detail     text NOT NULL,
    bytes      bytea NOT NULL,
    run        bigint NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (dump, entity, stream_at)
);

CREATE TABLE events (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL DEFAULT now(),
    run    bigint,
    kind   text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX events_at ON events (at);

-- One row: what this installation holds.
CREATE TABLE installation (
    one            boolean PRIMARY KEY DEFAULT true CHECK (one),
    synthetic      boolean,            -- NULL while empty
    generation     bigint NOT NULL DEFAULT 0,
    graph_identity text,               -- of the graph that the digests in record_state speak of
    graph_run      bigint,             -- the last run noted in that graph,
    graph_run_next bigint              -- and the one whose note may not have arrived
);
INSERT INTO installation DEFAULT VALUES;
