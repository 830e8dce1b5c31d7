-- When the message for a run's end was sent last: it has a lease, as those of files and parts have.
ALTER TABLE runs ADD COLUMN sent_at timestamptz;

-- Parts whose message is not sent before earlier ones have ended, and those whose message is under way.
CREATE INDEX parts_unsent ON parts (run, entity, state, part) WHERE sent_at IS NULL AND state NOT IN ('done', 'dead');
CREATE INDEX parts_sent ON parts (run, entity, state) WHERE sent_at IS NOT NULL AND state NOT IN ('done', 'dead');
