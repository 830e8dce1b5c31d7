-- How often the graph was written since it has its identity, as far as the digests speak of it. The graph has the same number:
-- a copy of it from before one of these writings has a smaller one. What was written by earlier versions counts for nothing.
ALTER TABLE installation ADD COLUMN graph_writes bigint NOT NULL DEFAULT 0;
