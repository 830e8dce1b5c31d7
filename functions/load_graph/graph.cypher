// name: stub_Artist
UNWIND $keys AS key MERGE (n:Artist {id: key}) ON CREATE SET n.stub = true

// name: stub_Label
UNWIND $keys AS key MERGE (n:Label {id: key}) ON CREATE SET n.stub = true

// name: stub_Master
UNWIND $keys AS key MERGE (n:Master {id: key}) ON CREATE SET n.stub = true

// name: stub_Genre
UNWIND $keys AS key MERGE (:Genre {name: key})

// name: stub_Style
UNWIND $keys AS key MERGE (:Style {name: key})

// name: write_artists
UNWIND $rows AS r
MERGE (n:Artist {id: r.id})
SET n = r.props
WITH n, r
CALL (n, r) { MATCH (n)-[e:ALIAS_OF]->(m:Artist) WHERE NOT m.id IN r.alias_of DELETE e }
CALL (n, r) { MATCH (n)-[e:MEMBER_OF]->(m:Artist) WHERE NOT m.id IN r.member_of DELETE e }
CALL (n, r) { UNWIND r.alias_of AS k MATCH (m:Artist {id: k}) MERGE (n)-[:ALIAS_OF]->(m) }
CALL (n, r) { UNWIND r.member_of AS k MATCH (m:Artist {id: k}) MERGE (n)-[:MEMBER_OF]->(m) }

// name: write_labels
UNWIND $rows AS r
MERGE (n:Label {id: r.id})
SET n = r.props
WITH n, r
CALL (n, r) { MATCH (n)-[e:SUBLABEL_OF]->(m:Label) WHERE NOT m.id IN r.sublabel_of DELETE e }
CALL (n, r) { UNWIND r.sublabel_of AS k MATCH (m:Label {id: k}) MERGE (n)-[:SUBLABEL_OF]->(m) }

// name: write_masters
UNWIND $rows AS r
MERGE (n:Master {id: r.id})
SET n = r.props
WITH n, r
CALL (n, r) { MATCH (n)-[e:BY]->(m:Artist) WHERE NOT m.id IN r.by DELETE e }
CALL (n, r) { MATCH (n)-[e:IS]->(m:Genre) WHERE NOT m.name IN r.genres DELETE e }
CALL (n, r) { MATCH (n)-[e:IS]->(m:Style) WHERE NOT m.name IN r.styles DELETE e }
CALL (n, r) { UNWIND r.by AS k MATCH (m:Artist {id: k}) MERGE (n)-[:BY]->(m) }
CALL (n, r) { UNWIND r.genres AS k MATCH (m:Genre {name: k}) MERGE (n)-[:IS]->(m) }
CALL (n, r) { UNWIND r.styles AS k MATCH (m:Style {name: k}) MERGE (n)-[:IS]->(m) }

// name: write_releases
// The release stands first in every MERGE: its few edges are looked through, not the thousands of its target.
UNWIND $rows AS r
MERGE (n:Release {id: r.id})
SET n = r.props
WITH n, r
CALL (n, r) { MATCH (n)-[e:BY]->(m:Artist) WHERE NOT m.id IN r.by DELETE e }
CALL (n, r) { MATCH (n)<-[e:APPEARS_ON]-(m:Artist) WHERE NOT m.id IN r.appears_on DELETE e }
CALL (n, r) { MATCH (n)<-[e:CREDITED_ON]-(m:Artist) WHERE NOT m.id IN [k IN r.credited_on | k.id] DELETE e }
CALL (n, r) { MATCH (n)-[e:ON]->(m:Label) WHERE NOT [m.id, e.catno] IN [k IN r.on | [k.id, k.catno]] DELETE e }
CALL (n, r) { MATCH (n)-[e:DERIVED_FROM]->(m:Master) WHERE NOT m.id IN r.derived_from DELETE e }
CALL (n, r) { MATCH (n)-[e:IS]->(m:Genre) WHERE NOT m.name IN r.genres DELETE e }
CALL (n, r) { MATCH (n)-[e:IS]->(m:Style) WHERE NOT m.name IN r.styles DELETE e }
CALL (n, r) { UNWIND r.by AS k MATCH (m:Artist {id: k}) MERGE (n)-[:BY]->(m) }
CALL (n, r) { UNWIND r.appears_on AS k MATCH (m:Artist {id: k}) MERGE (n)<-[:APPEARS_ON]-(m) }
CALL (n, r) { UNWIND r.credited_on AS k MATCH (m:Artist {id: k.id}) MERGE (n)<-[e:CREDITED_ON]-(m) SET e.roles = k.roles }
CALL (n, r) { UNWIND r.on AS k MATCH (m:Label {id: k.id}) MERGE (n)-[:ON {catno: k.catno}]->(m) }
CALL (n, r) { UNWIND r.derived_from AS k MATCH (m:Master {id: k}) MERGE (n)-[:DERIVED_FROM]->(m) }
CALL (n, r) { UNWIND r.genres AS k MATCH (m:Genre {name: k}) MERGE (n)-[:IS]->(m) }
CALL (n, r) { UNWIND r.styles AS k MATCH (m:Style {name: k}) MERGE (n)-[:IS]->(m) }

// name: create_artists
// For nodes that were absent or stubs: they own no edge yet, so none has to be looked for.
UNWIND $rows AS r
MERGE (n:Artist {id: r.id})
SET n = r.props
WITH n, r
CALL (n, r) { UNWIND r.alias_of AS k MATCH (m:Artist {id: k}) CREATE (n)-[:ALIAS_OF]->(m) }
CALL (n, r) { UNWIND r.member_of AS k MATCH (m:Artist {id: k}) CREATE (n)-[:MEMBER_OF]->(m) }

// name: create_labels
UNWIND $rows AS r
MERGE (n:Label {id: r.id})
SET n = r.props
WITH n, r
CALL (n, r) { UNWIND r.sublabel_of AS k MATCH (m:Label {id: k}) CREATE (n)-[:SUBLABEL_OF]->(m) }

// name: create_masters
UNWIND $rows AS r
MERGE (n:Master {id: r.id})
SET n = r.props
WITH n, r
CALL (n, r) { UNWIND r.by AS k MATCH (m:Artist {id: k}) CREATE (n)-[:BY]->(m) }
CALL (n, r) { UNWIND r.genres AS k MATCH (m:Genre {name: k}) CREATE (n)-[:IS]->(m) }
CALL (n, r) { UNWIND r.styles AS k MATCH (m:Style {name: k}) CREATE (n)-[:IS]->(m) }

// name: create_releases
UNWIND $rows AS r
MERGE (n:Release {id: r.id})
SET n = r.props
WITH n, r
CALL (n, r) { UNWIND r.by AS k MATCH (m:Artist {id: k}) CREATE (n)-[:BY]->(m) }
CALL (n, r) { UNWIND r.appears_on AS k MATCH (m:Artist {id: k}) CREATE (n)<-[:APPEARS_ON]-(m) }
CALL (n, r) { UNWIND r.credited_on AS k MATCH (m:Artist {id: k.id}) CREATE (n)<-[:CREDITED_ON {roles: k.roles}]-(m) }
CALL (n, r) { UNWIND r.on AS k MATCH (m:Label {id: k.id}) CREATE (n)-[:ON {catno: k.catno}]->(m) }
CALL (n, r) { UNWIND r.derived_from AS k MATCH (m:Master {id: k}) CREATE (n)-[:DERIVED_FROM]->(m) }
CALL (n, r) { UNWIND r.genres AS k MATCH (m:Genre {name: k}) CREATE (n)-[:IS]->(m) }
CALL (n, r) { UNWIND r.styles AS k MATCH (m:Style {name: k}) CREATE (n)-[:IS]->(m) }

// name: filled_artists
UNWIND $ids AS key MATCH (n:Artist {id: key}) WHERE n.stub IS NULL RETURN n.id AS id

// name: filled_labels
UNWIND $ids AS key MATCH (n:Label {id: key}) WHERE n.stub IS NULL RETURN n.id AS id

// name: filled_masters
UNWIND $ids AS key MATCH (n:Master {id: key}) WHERE n.stub IS NULL RETURN n.id AS id

// name: filled_releases
UNWIND $ids AS key MATCH (n:Release {id: key}) WHERE n.stub IS NULL RETURN n.id AS id

// name: empty_artists
// A record that is gone owns no edges; whoever still points to it points to a stub.
UNWIND $ids AS key
MATCH (n:Artist {id: key})
SET n = {id: key, stub: true}
WITH n
CALL (n) { MATCH (n)-[e:ALIAS_OF|MEMBER_OF]->() DELETE e }

// name: empty_labels
UNWIND $ids AS key
MATCH (n:Label {id: key})
SET n = {id: key, stub: true}
WITH n
CALL (n) { MATCH (n)-[e:SUBLABEL_OF]->() DELETE e }

// name: empty_masters
UNWIND $ids AS key
MATCH (n:Master {id: key})
SET n = {id: key, stub: true}
WITH n
CALL (n) { MATCH (n)-[e:BY|IS]->() DELETE e }

// name: empty_releases
UNWIND $ids AS key
MATCH (n:Release {id: key})
SET n = {id: key, stub: true}
WITH n
CALL (n) { MATCH (n)-[e]-() DELETE e }

// name: delete_some
MATCH (n) WITH n LIMIT $limit DETACH DELETE n RETURN count(*) AS gone

// name: meta
MATCH (m:Linernotes) RETURN m.identity AS identity, m.last_run AS last_run

// name: create_meta
MERGE (m:Linernotes) SET m.identity = $identity, m.last_run = $run

// name: note_run
MATCH (m:Linernotes) SET m.last_run = $run
