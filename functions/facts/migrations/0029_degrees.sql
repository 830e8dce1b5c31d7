-- The artists of a release, and who else is credited on it as a whole.
ALTER TABLE release_facts ADD COLUMN artists bigint[] NOT NULL DEFAULT '{}', ADD COLUMN credited bigint[] NOT NULL DEFAULT '{}';

-- How many releases name an artist (1), a label (2) or a master (3); made from release_facts.
CREATE TABLE degrees (
    entity smallint NOT NULL,
    id     bigint NOT NULL,
    degree integer NOT NULL,
    PRIMARY KEY (entity, id)
);

-- What batches of changed releases add to them and take away, until it is added up. No key: rows are only put in, and
-- taken out all together.
CREATE TABLE degree_changes (
    entity smallint NOT NULL,
    id     bigint NOT NULL,
    change integer NOT NULL
);

-- Whose degree has changed, for whoever orders by it and takes them out.
CREATE TABLE degree_moves (
    entity smallint NOT NULL,
    id     bigint NOT NULL,
    PRIMARY KEY (entity, id)
);
