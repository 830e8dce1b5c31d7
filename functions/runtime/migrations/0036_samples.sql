-- A sample has the first records of each file: whole dumps and samples do not go into the same stores.

ALTER TABLE runs ADD COLUMN sample boolean NOT NULL DEFAULT false;
ALTER TABLE installation ADD COLUMN sample boolean NOT NULL DEFAULT false;
