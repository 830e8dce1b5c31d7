-- How names are sorted for people: Ö with O, a with A, by Unicode's root collation. A server without ICU has none, and compares
-- the letters without their accents (`plain_text`) by their code points. Whoever sorts names writes
-- plain_text(left(name, 200)) COLLATE people. It belongs to the server and not to the data: a restore makes it by this file.
DO $$
BEGIN
    IF to_regcollation('people') IS NOT NULL THEN
        RETURN;
    END IF;
    CREATE COLLATION people (provider = icu, locale = 'und');
EXCEPTION WHEN feature_not_supported THEN
    CREATE COLLATION people FROM "C";
END
$$;
