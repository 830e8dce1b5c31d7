// name: delete_some
MATCH (n) WITH n LIMIT $limit DETACH DELETE n RETURN count(*) AS gone

// name: meta
MATCH (m:Linernotes) RETURN m.identity AS identity, m.last_run AS last_run

// name: create_meta
MERGE (m:Linernotes) SET m.identity = $identity, m.last_run = $run

// name: note_run
MATCH (m:Linernotes) SET m.last_run = $run
