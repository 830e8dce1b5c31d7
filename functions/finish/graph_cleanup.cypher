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

// name: orphan_{Label}
// for each {Label}: Artist, Label, Master
MATCH (n:{Label} {stub: true}) WHERE NOT EXISTS { (n)--() } WITH n LIMIT $limit DELETE n

// name: orphan_{Label}
// for each {Label}: Genre, Style
MATCH (n:{Label}) WHERE NOT EXISTS { (n)<-[:IS]-() } WITH n LIMIT $limit DETACH DELETE n

// name: candidate_{Label}
// for each {Label}: Artist, Label, Master
// Stubs first: the embedded server looks for edges of all that one condition names.
UNWIND $keys AS key MATCH (n:{Label} {id: key}) WHERE n.stub WITH n WHERE NOT EXISTS { (n)--() } DELETE n

// name: candidate_{Label}
// for each {Label}: Genre, Style
UNWIND $keys AS key MATCH (n:{Label} {name: key}) WHERE NOT EXISTS { (n)<-[:IS]-() } DETACH DELETE n
