// name: node_ids
MATCH (n:{label}) RETURN n.id AS id

// name: nodes
// In one list: a row of its own for each costs the driver more than the rest together.
UNWIND $ids AS i MATCH (n:{label} {id: i}) RETURN collect([i, properties(n)]) AS nodes

// name: release_edges
// A release owns every edge that touches it.
UNWIND $ids AS i
MATCH (n:Release {id: i})-[e]-(m)
RETURN i AS id, collect([type(e), startNode(e) = n, labels(m), m.id, m.name, properties(e)]) AS edges

// name: {record}_edges
// for each {record} {Label} {types}: artist Artist MEMBER_OF|ALIAS_OF, label Label SUBLABEL_OF, master Master BY|IS
UNWIND $ids AS i
MATCH (n:{Label} {id: i})-[e:{types}]->(m)
RETURN i AS id, collect([type(e), true, labels(m), m.id, m.name, properties(e)]) AS edges

// name: named
MATCH (n:{label}) RETURN properties(n) AS properties

// name: part_of
MATCH (s)-[e:PART_OF]->(g) RETURN labels(s) AS start, s.name AS style, labels(g) AS end, g.name AS genre, properties(e) AS properties

// name: labels
MATCH (n) RETURN labels(n) AS labels, count(n) AS count

// name: shapes
MATCH (a)-[e]->(b) RETURN labels(a) AS start, type(e) AS type, labels(b) AS end, count(e) AS count
