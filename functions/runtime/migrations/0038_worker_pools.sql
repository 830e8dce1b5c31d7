-- What each process holds of connections to PostgreSQL: all of its pool, those in use, and requests that wait for one.
ALTER TABLE workers
    ADD COLUMN pool_size    integer NOT NULL DEFAULT 0,
    ADD COLUMN pool_used    integer NOT NULL DEFAULT 0,
    ADD COLUMN pool_waiting integer NOT NULL DEFAULT 0;
