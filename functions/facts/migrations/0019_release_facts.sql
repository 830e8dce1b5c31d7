-- What a release is filtered, counted and compared by; made from its document by functions/facts/release_facts.py.
CREATE TABLE release_facts (
    id      bigint PRIMARY KEY,
    year    smallint,
    country text,
    master  bigint,
    formats text[] NOT NULL,
    labels  bigint[] NOT NULL,
    genres  text[] NOT NULL,
    styles  text[] NOT NULL
);
