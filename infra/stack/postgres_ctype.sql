-- name: ascii_databases
-- Of these the C library knows ASCII alone. Those that let nobody in, as template0, come last.
SELECT datname, datallowconn FROM pg_database WHERE datctype IN ('C', 'POSIX') ORDER BY datallowconn DESC, datname

-- name: try_ctype
-- Whether the system has it: what it has not cannot be loaded.
CREATE COLLATION pg_catalog.linernotes_tried (provider = libc, lc_collate = 'C', lc_ctype = {ctype})

-- name: invalidate
-- Indexes whose content depends on it: words and trigrams. Those of texts as they are go by the database's collation, which is
-- PostgreSQL's own. No query uses one until it is built anew, however this ends.
UPDATE pg_index SET indisvalid = false
WHERE pg_get_indexdef(indexrelid) ~ '(to_tsvector|(gin|gist)_trgm_ops)' AND indisvalid

-- name: set_ctype
-- There is no ALTER DATABASE for it. Sessions begun from now on have it.
UPDATE pg_database SET datctype = %(ctype)s WHERE datname = %(database)s
