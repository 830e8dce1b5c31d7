-- No tsvector takes more than 1 MB: a title of 3 MB is found by its first 100,000 characters. What was shorter stays as it is.
CREATE OR REPLACE FUNCTION plain_text(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, left($1, 100000)));
