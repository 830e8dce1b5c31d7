-- A style and a genre of together more than 2,500 bytes are no pair of the kind `part_of`: no index takes their key, and no
-- run came to its end. What a record counts for, each once. Whoever changes it raises VERSION in functions/counts/deltas.py.
CREATE OR REPLACE FUNCTION counted_keys(year integer, country text, genres text[], styles text[], data jsonb)
RETURNS TABLE (kind text, key text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT DISTINCT 'genre', genre FROM unnest(genres) AS genre
    UNION ALL SELECT DISTINCT 'style', style FROM unnest(styles) AS style
    UNION ALL SELECT DISTINCT 'part_of', style || E'\x1f' || genres[1] FROM unnest(styles) AS style
              WHERE genres[1] = ALL (genres) AND genres[1] IS NOT NULL
                AND octet_length(style) + octet_length(genres[1]) <= 2500
    UNION ALL SELECT DISTINCT 'label', label ->> 'id' FROM jsonb_array_elements(data -> 'labels') AS label
              WHERE label ->> 'id' <> '0'
    UNION ALL SELECT DISTINCT 'format', format ->> 'name' FROM jsonb_array_elements(data -> 'formats') AS format
              WHERE format ->> 'name' IS NOT NULL
    UNION ALL SELECT 'country', country WHERE country IS NOT NULL
    UNION ALL SELECT 'year', year::text WHERE year IS NOT NULL
$$;
