-- What the ledger knows of the objects in the bucket, so that one that is missing, short or different is noticed.
ALTER TABLE parts
    ADD COLUMN objects  jsonb NOT NULL DEFAULT '{}',     -- of each object of the part: {suffix: {bytes, digest}}
    ADD COLUMN rejected bigint[],                        -- ids of its records that make no document, while it is 'parsed'
    ADD COLUMN recuts   integer NOT NULL DEFAULT 0,      -- how often it was found damaged
    DROP CONSTRAINT parts_state_check,
    ADD CONSTRAINT parts_state_check CHECK (state IN ('cut', 'parsed', 'loaded', 'done', 'dead', 'damaged'));

ALTER TABLE files
    ADD COLUMN seen     jsonb,                           -- of the bitmap of ids seen: {bytes, digest}
    ADD COLUMN rereads  integer NOT NULL DEFAULT 0;      -- how often that bitmap was found damaged
