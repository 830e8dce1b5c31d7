-- Some derivations need all their rows, once these are made: sorted, indexed, counted. `assembling_at` is when the message
-- for that was sent, `error` why it failed last; `given_up` asks for a person.
ALTER TABLE derivations ADD COLUMN assembling_at timestamptz, ADD COLUMN assemble_attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN given_up boolean NOT NULL DEFAULT false, ADD COLUMN error text;
