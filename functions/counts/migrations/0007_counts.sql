-- How many releases and masters there are of each genre, style, label (by id), country, format and year.
CREATE TABLE counts (
    kind     text NOT NULL,
    key      text NOT NULL,
    releases bigint NOT NULL DEFAULT 0,
    masters  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, key)
);
CREATE INDEX counts_largest ON counts (kind, releases DESC, key);

-- What parts and removals have changed since: the end of a run adds it to the counts. No key: rows are only put in, and
-- taken out all together.
CREATE TABLE count_deltas (
    kind     text NOT NULL,
    key      text NOT NULL,
    releases bigint NOT NULL DEFAULT 0,
    masters  bigint NOT NULL DEFAULT 0
);

-- The version of the code that the counts are of; NULL where they have to be counted anew.
ALTER TABLE installation ADD COLUMN counts_version integer;

-- What a record counts for, each once. Whoever changes it raises VERSION in functions/counts/deltas.py.
CREATE FUNCTION counted_keys(year integer, country text, genres text[], styles text[], data jsonb)
RETURNS TABLE (kind text, key text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT DISTINCT 'genre', genre FROM unnest(genres) AS genre
    UNION ALL SELECT DISTINCT 'style', style FROM unnest(styles) AS style
    UNION ALL SELECT DISTINCT 'label', label ->> 'id' FROM jsonb_array_elements(data -> 'labels') AS label
              WHERE label ->> 'id' <> '0'
    UNION ALL SELECT DISTINCT 'format', format ->> 'name' FROM jsonb_array_elements(data -> 'formats') AS format
              WHERE format ->> 'name' IS NOT NULL
    UNION ALL SELECT 'country', country WHERE country IS NOT NULL
    UNION ALL SELECT 'year', year::text WHERE year IS NOT NULL
$$;
