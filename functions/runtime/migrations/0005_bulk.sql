-- Which roads a run takes, decided when it begins: the bulk road into empty tables, the bulk road into an empty graph.
ALTER TABLE runs
    ADD COLUMN bulk_table boolean NOT NULL DEFAULT false,
    ADD COLUMN bulk_graph boolean NOT NULL DEFAULT false;
