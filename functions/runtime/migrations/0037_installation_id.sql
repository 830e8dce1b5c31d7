-- What this installation publishes is named by it: a feed of another one is another feed. It stays, whatever is loaded or
-- restored.
ALTER TABLE installation ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
