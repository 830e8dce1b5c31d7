// name: part_of
MATCH (s:Style)-[:PART_OF]->(g:Genre) RETURN s.name AS style, g.name AS genre

// name: add_part_of
UNWIND $pairs AS pair
MATCH (s:Style {name: pair[0]}) MATCH (g:Genre {name: pair[1]})
MERGE (s)-[:PART_OF]->(g)

// name: drop_part_of
UNWIND $pairs AS pair
MATCH (s:Style {name: pair[0]})-[e:PART_OF]->(g:Genre {name: pair[1]})
DELETE e

// name: orphan_Artist
MATCH (n:Artist {stub: true}) WHERE NOT EXISTS { (n)--() } WITH n LIMIT $limit DELETE n

// name: orphan_Label
MATCH (n:Label {stub: true}) WHERE NOT EXISTS { (n)--() } WITH n LIMIT $limit DELETE n

// name: orphan_Master
MATCH (n:Master {stub: true}) WHERE NOT EXISTS { (n)--() } WITH n LIMIT $limit DELETE n

// name: orphan_Genre
MATCH (n:Genre) WHERE NOT EXISTS { (n)<-[:IS]-() } WITH n LIMIT $limit DETACH DELETE n

// name: orphan_Style
MATCH (n:Style) WHERE NOT EXISTS { (n)<-[:IS]-() } WITH n LIMIT $limit DETACH DELETE n

// name: candidate_Artist
// Stubs first: the embedded server looks for edges of all that one condition names.
UNWIND $keys AS key MATCH (n:Artist {id: key}) WHERE n.stub WITH n WHERE NOT EXISTS { (n)--() } DELETE n

// name: candidate_Label
UNWIND $keys AS key MATCH (n:Label {id: key}) WHERE n.stub WITH n WHERE NOT EXISTS { (n)--() } DELETE n

// name: candidate_Master
UNWIND $keys AS key MATCH (n:Master {id: key}) WHERE n.stub WITH n WHERE NOT EXISTS { (n)--() } DELETE n

// name: candidate_Genre
UNWIND $keys AS key MATCH (n:Genre {name: key}) WHERE NOT EXISTS { (n)<-[:IS]-() } DETACH DELETE n

// name: candidate_Style
UNWIND $keys AS key MATCH (n:Style {name: key}) WHERE NOT EXISTS { (n)<-[:IS]-() } DETACH DELETE n
