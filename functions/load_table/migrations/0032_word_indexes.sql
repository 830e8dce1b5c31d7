-- Names and titles are found by search entries: nothing asks these indexes any more.
DROP INDEX IF EXISTS artists_words;
DROP INDEX IF EXISTS labels_words;
DROP INDEX IF EXISTS masters_words;
DROP INDEX IF EXISTS releases_words;
DROP INDEX IF EXISTS artists_letters;
DROP INDEX IF EXISTS labels_letters;
DROP INDEX IF EXISTS masters_letters;
DROP INDEX IF EXISTS releases_letters;
