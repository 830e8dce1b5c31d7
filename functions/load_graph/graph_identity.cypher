// name: count_nodes
MATCH (n) RETURN count(n) AS count

// name: count_edges
MATCH ()-[e]->() RETURN count(e) AS count

// name: delete_edges
MATCH ()-[e]->() WITH e LIMIT $most CALL { WITH e DELETE e } IN TRANSACTIONS OF $limit ROWS

// name: delete_nodes
MATCH (n) WITH n LIMIT $most CALL { WITH n DETACH DELETE n } IN TRANSACTIONS OF $limit ROWS

// name: meta
MATCH (m:Linernotes) RETURN m.identity AS identity, m.last_run AS last_run, coalesce(m.writes, 0) AS writes

// name: create_meta
MERGE (m:Linernotes) SET m.identity = $identity, m.last_run = $run, m.writes = 0

// name: note_run
MATCH (m:Linernotes) SET m.last_run = $run

// name: count_writing
MATCH (m:Linernotes) SET m.writes = coalesce(m.writes, 0) + 1 RETURN m.writes AS writes
