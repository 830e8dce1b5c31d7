-- Where the server compresses large values by pglz alone, documents up to about 8 KB lie in their rows as they are: that
-- takes 1.6 times the disk, and nearly half the work of writing them, and of reading them, goes (`linernotes bench copy`).
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)) THEN
        ALTER TABLE artists SET (toast_tuple_target = 8160);
        ALTER TABLE labels SET (toast_tuple_target = 8160);
        ALTER TABLE masters SET (toast_tuple_target = 8160);
        ALTER TABLE releases SET (toast_tuple_target = 8160);
    END IF;
END
$$;

-- Nobody plans by the values of whole documents, and gathering statistics of them takes seconds.
ALTER TABLE artists ALTER data SET STATISTICS 0;
ALTER TABLE labels ALTER data SET STATISTICS 0;
ALTER TABLE masters ALTER data SET STATISTICS 0;
ALTER TABLE releases ALTER data SET STATISTICS 0;
