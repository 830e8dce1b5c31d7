-- Nodes that may have lost their last edge, or their record, since the graph was settled last: the end of the next run
-- that writes the graph asks it about these alone. No key: rows are only put in, and taken out all together.
CREATE TABLE graph_candidates (
    label text NOT NULL,
    key   text NOT NULL   -- an id; the name of a genre or style
);

-- The version of the projection by which the graph has no orphans but among the candidates; NULL: all of it is searched.
ALTER TABLE installation ADD COLUMN graph_settled integer;
