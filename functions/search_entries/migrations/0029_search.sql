-- Search entries: what each record is found by, in four tables by how connected it is, so that the best known are looked
-- at first. Made from documents and degrees by functions/search_entries.

CREATE FUNCTION search_prior(entity smallint, degree integer, links integer) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round(8 * ln(1 + CASE entity WHEN 1 THEN degree + links WHEN 2 THEN degree / 2.0 + links
                                        WHEN 3 THEN 4.0 * degree + links ELSE links / 8.0 END::float8) / ln(2::float8));

CREATE FUNCTION search_tier(prior smallint) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN prior >= 56 THEN 0 WHEN prior >= 40 THEN 1 WHEN prior >= 20 THEN 2 ELSE 3 END;

-- Whether an entry stays where it is: it moves once it is clearly beyond the bounds.
CREATE FUNCTION search_stays(tier integer, prior smallint) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN search_tier((prior - 2)::smallint) >= tier AND search_tier((prior + 2)::smallint) <= tier;

-- Entries that wait to be put into their place; one without a name is to go.
CREATE TABLE search_staged (
    entity  smallint NOT NULL,
    id      bigint NOT NULL,
    name    text,
    by_line text,
    plain   text,
    words   tsvector,
    facets  integer[],
    links   integer,
    PRIMARY KEY (entity, id)
);

-- `links` are those that the record states itself, `prior` comes of them and of the degree; no index has it, so that it
-- changes in place.
CREATE TABLE search_entries_0 (
    entity  smallint NOT NULL,
    prior   smallint NOT NULL,
    links   integer NOT NULL,
    id      bigint NOT NULL,
    name    text NOT NULL,
    by_line text NOT NULL,
    plain   text NOT NULL,
    words   tsvector NOT NULL,
    facets  integer[] NOT NULL,
    PRIMARY KEY (entity, id)
) WITH (fillfactor = 90);
CREATE INDEX search_entries_0_words ON search_entries_0 USING gin (words, facets) WITH (fastupdate = off);
CREATE INDEX search_entries_0_plain ON search_entries_0 (left(plain, 60) COLLATE "C");
CREATE TABLE search_entries_1 (LIKE search_entries_0 INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (entity, id))
    WITH (fillfactor = 90);
CREATE INDEX search_entries_1_words ON search_entries_1 USING gin (words, facets) WITH (fastupdate = off);
CREATE INDEX search_entries_1_plain ON search_entries_1 (left(plain, 60) COLLATE "C");
CREATE TABLE search_entries_2 (LIKE search_entries_0 INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (entity, id))
    WITH (fillfactor = 90);
CREATE INDEX search_entries_2_words ON search_entries_2 USING gin (words, facets) WITH (fastupdate = off);
CREATE INDEX search_entries_2_plain ON search_entries_2 (left(plain, 60) COLLATE "C");
CREATE TABLE search_entries_3 (LIKE search_entries_0 INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (entity, id))
    WITH (fillfactor = 90);
CREATE INDEX search_entries_3_words ON search_entries_3 USING gin (words, facets) WITH (fastupdate = off);
CREATE INDEX search_entries_3_plain ON search_entries_3 (left(plain, 60) COLLATE "C");

-- The vocabulary: every word, and in how many entries it stands.
CREATE TABLE search_words (
    word      text COLLATE "C" PRIMARY KEY,
    frequency integer NOT NULL
);

-- Words without one or two of their letters, as a hash: two words that share one differ by a typo or two.
CREATE TABLE search_deletes (
    key  bigint NOT NULL,
    word text COLLATE "C" NOT NULL
);
CREATE INDEX search_deletes_key ON search_deletes (key);
