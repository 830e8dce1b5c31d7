-- Batches that were planned for a derivation since it was last caught up: what is left of them is in `derivation_work`.
ALTER TABLE derivations ADD COLUMN batches integer NOT NULL DEFAULT 0;
UPDATE derivations d SET batches = (SELECT count(*) FROM derivation_work w WHERE w.derivation = d.name);
