-- When the list of suppressed records changed last: what was answered before may show what is listed now.
CREATE TABLE suppressed_changed (
    only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    changed_at timestamptz NOT NULL
);
INSERT INTO suppressed_changed (changed_at) VALUES (clock_timestamp());

CREATE FUNCTION note_suppressed_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE suppressed_changed SET changed_at = clock_timestamp();
    RETURN NULL;
END
$$;
CREATE TRIGGER suppressed_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON suppressed
    FOR EACH STATEMENT EXECUTE FUNCTION note_suppressed_changed();
