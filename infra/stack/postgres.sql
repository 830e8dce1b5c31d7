-- name: ping
SELECT 1

-- name: has_database
SELECT EXISTS (SELECT FROM pg_database WHERE datname = {name})

-- name: create_database
CREATE DATABASE {name}

-- name: locale_apart
-- The locale of a database, where that of new ones is another.
SELECT d.datcollate, d.datctype FROM pg_database d, pg_database t
WHERE d.datname = {name} AND t.datname = 'template1' AND (d.datcollate, d.datctype) <> (t.datcollate, t.datctype)

-- name: create_database_apart
CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE {collate} LC_CTYPE {ctype}

-- name: drop_database
DROP DATABASE IF EXISTS {name} WITH (FORCE)
