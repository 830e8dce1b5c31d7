-- By its size and this a split sees that its file is the one that was fetched, without reading all of it once more.
ALTER TABLE files ADD COLUMN modified_ns bigint;  -- since 1970; NULL where a version of before has fetched it
