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

-- Titles can be longer than a B-tree row may be; left() keeps the index safe.
CREATE INDEX artists_name   ON artists  (left(name, 200));
CREATE INDEX labels_name    ON labels   (left(name, 200));
CREATE INDEX masters_title  ON masters  (left(title, 200));
CREATE INDEX releases_title ON releases (left(title, 200));
CREATE INDEX masters_year   ON masters  (year);
CREATE INDEX releases_year  ON releases (year);
CREATE INDEX releases_country ON releases (country);
CREATE INDEX releases_master ON releases (((data ->> 'master_id')::bigint));

CREATE INDEX artists_words  ON artists  USING gin (to_tsvector('simple', plain_text(name)));
CREATE INDEX labels_words   ON labels   USING gin (to_tsvector('simple', plain_text(name)));
CREATE INDEX masters_words  ON masters  USING gin (to_tsvector('simple', plain_text(title)));
CREATE INDEX releases_words ON releases USING gin (to_tsvector('simple', plain_text(title)));

CREATE INDEX artists_letters  ON artists  USING gin (plain_text(name)  gin_trgm_ops);
CREATE INDEX labels_letters   ON labels   USING gin (plain_text(name)  gin_trgm_ops);
CREATE INDEX masters_letters  ON masters  USING gin (plain_text(title) gin_trgm_ops);
CREATE INDEX releases_letters ON releases USING gin (plain_text(title) gin_trgm_ops);

CREATE INDEX masters_genres  ON masters  USING gin (genres, styles);
CREATE INDEX releases_genres ON releases USING gin (genres, styles);
CREATE INDEX releases_labels ON releases USING gin ((data -> 'labels') jsonb_path_ops);

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
