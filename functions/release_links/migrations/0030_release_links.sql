-- Whom a release names: as an artist of the release (kind 0), on one of its tracks (1), in a credit (2), as a label (3)
-- or as a company (4); made from its document by functions/release_links. `year` is 0 where it is not known. `roles` are
-- the roles of a credit, what a company did, or catalogue numbers, a line each; `categories` has a bit for each category
-- of the roles.
CREATE TABLE release_links (
    id         bigint NOT NULL,
    release    bigint NOT NULL,
    master     bigint,
    kind       smallint NOT NULL,
    year       smallint NOT NULL,
    categories integer NOT NULL,
    roles      text
);

CREATE INDEX release_links_id ON release_links (id, kind, year, release);
CREATE INDEX release_links_release ON release_links (release);

-- Of whom so many releases name that nobody counts them while a page waits: how many a year, by kind; kept by
-- functions/release_links/hubs.py.
CREATE TABLE release_link_years (
    id       bigint NOT NULL,
    kind     smallint NOT NULL,
    year     smallint NOT NULL,
    releases bigint NOT NULL,
    PRIMARY KEY (id, kind, year)
);

-- Who has a role on most releases: of each role those who have it most. What has a category's bit is `#` and the place of
-- that bit: all roles of the category together.
CREATE TABLE release_link_roles (
    role     text COLLATE "C" NOT NULL,
    id       bigint NOT NULL,
    releases bigint NOT NULL,
    PRIMARY KEY (role, id)
);
CREATE INDEX release_link_roles_id ON release_link_roles (id);

-- Whose links have changed since the last count. No key: rows are only put in, and taken out all together.
CREATE TABLE release_link_moves (
    id   bigint NOT NULL,
    kind smallint NOT NULL
);
