-- name: ping
SELECT 1

-- name: has_database
SELECT EXISTS (SELECT FROM pg_database WHERE datname = {name})

-- name: create_database
CREATE DATABASE {name}

-- name: drop_database
DROP DATABASE IF EXISTS {name} WITH (FORCE)
