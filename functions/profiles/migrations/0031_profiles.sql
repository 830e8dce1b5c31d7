-- How many releases of a genre, a style or a label with many releases have a year, a country, an artist and so on; made
-- from release_facts by functions/profiles. A label, an artist or a master is named by its id. Of artists, labels and
-- masters there are those with the most releases.
CREATE TABLE profiles (
    topic     text COLLATE "C" NOT NULL,
    name      text COLLATE "C" NOT NULL,
    dimension text COLLATE "C" NOT NULL,
    value     text COLLATE "C" NOT NULL,
    releases  integer NOT NULL,
    PRIMARY KEY (topic, name, dimension, value)
);

-- How many records of an entity a month has added, changed and removed.
CREATE TABLE month_counts (
    dump    date NOT NULL,
    entity  text NOT NULL,
    added   bigint NOT NULL,
    changed bigint NOT NULL,
    removed bigint NOT NULL,
    PRIMARY KEY (dump, entity)
);
