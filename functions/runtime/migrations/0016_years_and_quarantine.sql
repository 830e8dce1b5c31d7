-- The last year that is taken for true in all rows of an entity; NULL while that is not known: the next run's end then
-- settles all of them.
CREATE TABLE year_bounds (
    entity    text PRIMARY KEY,
    last_year integer
);

-- The dump that was loaded last of those that have the piece's record.
ALTER TABLE quarantine ADD COLUMN named_in date;
UPDATE quarantine SET named_in = dump;
