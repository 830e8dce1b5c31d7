-- What an original year needs: the master of a release, and its own year. A release's original year is its master's.
ALTER TABLE search_staged ADD COLUMN master bigint, ADD COLUMN year smallint;

-- Facets with those of an original year, and its decade; the numbers are those of functions/search_entries/facets.py.
CREATE FUNCTION search_first_year(facets integer[], year integer) RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN year > 0 THEN facets || ARRAY[(4 << 27) | (year - year % 10), (10 << 27) | year] ELSE facets END;

CREATE FUNCTION search_without_first_year(facets integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(SELECT facet FROM unnest(facets) AS facet WHERE facet >> 27 NOT IN (4, 10));

-- The year of an entry, by its facets.
CREATE FUNCTION search_year(facets integer[]) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT max(facet & 134217727) FROM unnest(facets) AS facet WHERE facet >> 27 = 9);

-- One entry in a hundred, by a hash of its id: what is found in very many is counted in these.
CREATE FUNCTION search_in_sample(id bigint) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (hashint8(id) & 2147483647) % 100 = 0;

CREATE TABLE search_sample (
    entity smallint NOT NULL,
    id     bigint NOT NULL,
    words  tsvector NOT NULL,
    facets integer[] NOT NULL,
    PRIMARY KEY (entity, id)
);
CREATE INDEX search_sample_words ON search_sample USING gin (words, facets) WITH (fastupdate = off);
