-- Files that hold no record of their entity are refused, as if they were missing.
ALTER TABLE files DROP CONSTRAINT files_state_check;
ALTER TABLE files
    ADD CONSTRAINT files_state_check CHECK (state IN ('listed', 'missing', 'fetched', 'split', 'refused')),
    ADD COLUMN note text,                               -- what was unusual and does no harm
    ADD COLUMN rejected bigint NOT NULL DEFAULT 0,      -- records that the split rejected, or an earlier run, unchanged
    ADD COLUMN kept_bytes bigint NOT NULL DEFAULT 0;    -- of what the split put aside

ALTER TABLE parts
    ADD COLUMN kept_bytes bigint NOT NULL DEFAULT 0,    -- of what parsing put aside
    ADD COLUMN compared jsonb;                          -- fields of a sample: {name: [stored records, new ones]}

-- Runs stop beyond a share of rejected records, or when a field collapses, unless they are told to go on.
ALTER TABLE runs
    ADD COLUMN accept_rejected boolean NOT NULL DEFAULT false,
    ADD COLUMN accept_collapsed boolean NOT NULL DEFAULT false,
    ADD COLUMN removals_wait boolean NOT NULL DEFAULT false; -- early removals wait until every part is parsed

-- Beyond a limit the bytes of a piece are not kept, only how many they are.
ALTER TABLE quarantine ALTER COLUMN bytes DROP NOT NULL, ADD COLUMN size bigint;
UPDATE quarantine SET size = octet_length(bytes);
ALTER TABLE quarantine ALTER COLUMN size SET NOT NULL;
