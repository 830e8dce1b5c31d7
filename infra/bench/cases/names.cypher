// name: drop_artist_name
DROP INDEX artist_name IF EXISTS

// name: drop_label_name
DROP INDEX label_name IF EXISTS

// name: drop_master_title
DROP INDEX master_title IF EXISTS

// name: drop_release_title
DROP INDEX release_title IF EXISTS

// name: create_artist_name
CREATE INDEX artist_name IF NOT EXISTS FOR (n:Artist) ON (n.name)

// name: create_label_name
CREATE INDEX label_name IF NOT EXISTS FOR (n:Label) ON (n.name)

// name: create_master_title
CREATE INDEX master_title IF NOT EXISTS FOR (n:Master) ON (n.title)

// name: create_release_title
CREATE INDEX release_title IF NOT EXISTS FOR (n:Release) ON (n.title)
