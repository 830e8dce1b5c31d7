-- The documents, record of truth. `dump` is the month in which a record last changed.

CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- unaccent() is only STABLE because its dictionary could change; ours does not.
CREATE FUNCTION plain_text(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, $1));

CREATE TABLE artists (
    id   bigint PRIMARY KEY,
    hash text NOT NULL,
    dump date NOT NULL,
    name text,
    data jsonb NOT NULL
);

CREATE TABLE labels (LIKE artists INCLUDING ALL);

CREATE TABLE masters (
    id     bigint PRIMARY KEY,
    hash   text NOT NULL,
    dump   date NOT NULL,
    title  text,
    year   integer,
    genres text[] NOT NULL,
    styles text[] NOT NULL,
    data   jsonb NOT NULL
);

CREATE TABLE releases (
    id      bigint PRIMARY KEY,
    hash    text NOT NULL,
    dump    date NOT NULL,
    title   text,
    year    integer,
    country text,
    genres  text[] NOT NULL,
    styles  text[] NOT NULL,
    data    jsonb NOT NULL
);

-- A record that a later dump no longer has: its document kept, out of the way.
CREATE TABLE tombstones (
    entity     text NOT NULL,
    id         bigint NOT NULL,
    hash       text NOT NULL,
    dump       date NOT NULL,           -- the month it last changed
    removed_in date NOT NULL,           -- the first month without it
    data       jsonb NOT NULL,
    PRIMARY KEY (entity, id)
);
