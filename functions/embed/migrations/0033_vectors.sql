-- What a record means, as vectors of its text; made from documents by functions/embed. Where pgvector is missing, or may not
-- be made, everything else works: whoever embeds says so, and tries again with each rebuild.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
        CREATE EXTENSION IF NOT EXISTS vector;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'no right to make the extension vector';
END $$;

-- What of the settings a derivation's rows depend on.
ALTER TABLE derivations ADD COLUMN variant text NOT NULL DEFAULT '';

-- Texts that wait to be embedded; one without a text is of a record that is gone. `key` is a hash of the text.
CREATE TABLE vector_texts (
    entity smallint NOT NULL,
    id     bigint NOT NULL,
    key    bigint,
    text   text,
    PRIMARY KEY (entity, id)
);

-- Of records whose texts are equal one row has the vector, the others NULL: they share its key. What embeds makes `vector` a
-- halfvec of the engine's dimensions, in tables beside these, and swaps them in.
CREATE TABLE vectors_artists (
    id     bigint PRIMARY KEY,
    key    bigint NOT NULL,
    vector bytea
);
CREATE INDEX vectors_artists_key ON vectors_artists (key);
CREATE TABLE vectors_labels (LIKE vectors_artists INCLUDING ALL);
CREATE TABLE vectors_masters (LIKE vectors_artists INCLUDING ALL);
CREATE TABLE vectors_releases (LIKE vectors_artists INCLUDING ALL);

-- What made the vectors of an entity, and what is known of their index: rows, lists, and those looked at in a search;
-- `recall` is that of a self-test. `off` says why there are none.
CREATE TABLE vector_state (
    entity     smallint PRIMARY KEY,
    engine     text NOT NULL,
    version    text NOT NULL,
    dimensions integer NOT NULL,
    records    bigint NOT NULL,
    documents  bigint NOT NULL,
    vectors    bigint NOT NULL,
    indexed    bigint NOT NULL DEFAULT 0,
    lists      integer NOT NULL DEFAULT 0,
    probes     integer NOT NULL DEFAULT 0,
    recall     real,
    off        text
);
