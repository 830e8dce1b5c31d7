-- What is made from documents beside the graph. `version` is that of the code that made its rows; NULL: it has to be made
-- from all documents. While it is being built, its rows lie in tables of their own, beside those that are read.
CREATE TABLE derivations (
    name         text PRIMARY KEY,
    version      integer,
    building     boolean NOT NULL DEFAULT false,
    caught_up_at timestamptz
);

-- Documents that were written or removed since the last batches were made; noted by the transaction that does it. No key:
-- rows are only put in, and taken out all together.
CREATE TABLE document_changes (
    entity smallint NOT NULL,
    id     bigint NOT NULL
);

-- Documents that are read together: those of a range of ids, or of the ids given.
CREATE TABLE document_batches (
    batch    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity   smallint NOT NULL,
    first_id bigint,
    last_id  bigint,
    ids      bigint[],
    sent_at  timestamptz,
    CHECK ((ids IS NULL) = (first_id IS NOT NULL AND last_id IS NOT NULL))
);

-- What each derivation has still to make of a batch; a row goes when it is made.
CREATE TABLE derivation_work (
    batch      bigint NOT NULL REFERENCES document_batches ON DELETE CASCADE,
    derivation text NOT NULL REFERENCES derivations ON DELETE CASCADE,
    dead       boolean NOT NULL DEFAULT false,
    attempts   integer NOT NULL DEFAULT 0,
    error      text,
    PRIMARY KEY (batch, derivation)
);
CREATE INDEX derivation_work_by_derivation ON derivation_work (derivation, dead);
