// Nodes are found by their name or title, too. Neo4j indexes no text of more than about 8,100 bytes: the projection cuts
// longer ones, and so does this in graphs that were there before.
MATCH (n:Artist) WHERE size(n.name) > 2000 SET n.name = left(n.name, 2000);
MATCH (n:Label) WHERE size(n.name) > 2000 SET n.name = left(n.name, 2000);
MATCH (n:Master) WHERE size(n.title) > 2000 SET n.title = left(n.title, 2000);
MATCH (n:Release) WHERE size(n.title) > 2000 SET n.title = left(n.title, 2000);
CREATE INDEX artist_name IF NOT EXISTS FOR (n:Artist) ON (n.name);
CREATE INDEX label_name IF NOT EXISTS FOR (n:Label) ON (n.name);
CREATE INDEX master_title IF NOT EXISTS FOR (n:Master) ON (n.title);
CREATE INDEX release_title IF NOT EXISTS FOR (n:Release) ON (n.title);
