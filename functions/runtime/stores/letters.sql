-- name: knows_letters
-- Whether words end where they do, in any script. The parser of words asks the C library, whatever the provider of the
-- database's locale is: where that knows ASCII alone, every character beyond it is a letter.
SELECT to_tsvector('simple', 'Björk “Кино” 坂本・龍一') = $$'björk':1 'кино':2 '坂本':3 '龍一':4$$::tsvector
   AND lower('ÖЖ') = 'öж'

-- name: has_trigrams
SELECT to_regproc('show_trgm') IS NOT NULL

-- name: knows_trigrams
-- To trigrams no character beyond ASCII is a letter there: of Кино there are none, of Björk those of `bj` and `rk`.
SELECT show_trgm('Кино') <> '{}' AND show_trgm('坂本') <> '{}'

-- name: database
SELECT datname, datctype FROM pg_database WHERE datname = current_database()
