-- Whoever begins a load need not own the tables: secondary indexes of documents, and nothing else, go by this.
CREATE FUNCTION drop_document_indexes(names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
        WHERE t.relnamespace = 'public'::regnamespace AND t.relname IN ('artists', 'labels', 'masters', 'releases')
          AND NOT i.indisunique AND c.relname = ANY (names)
        ORDER BY array_position(names, c.relname::text)
    LOOP
        EXECUTE format('DROP INDEX %s', found);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION drop_document_indexes(text[]) FROM PUBLIC;
