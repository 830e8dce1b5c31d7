// name: stub_{Label}
// for each {Label}: Artist, Label, Master
UNWIND $keys AS key MERGE (n:{Label} {id: key}) ON CREATE SET n.stub = true

// name: stub_{Label}
// for each {Label}: Genre, Style
UNWIND $keys AS key MERGE (:{Label} {name: key})

// name: set_{entity}
// for each {entity} {Label}: artists Artist, labels Label, masters Master, releases Release
// Comes first: whoever else writes the record waits, or fails at its commit, so that no edge is made twice.
UNWIND $rows AS r MERGE (n:{Label} {id: r.id}) SET n = r.props

// name: empty_{entity}
// for each {entity} {Label}: artists Artist, labels Label, masters Master
// A record that is gone owns no edges; whoever still points to it points to a stub.
UNWIND $ids AS key MATCH (n:{Label} {id: key}) SET n = {id: key, stub: true}

// name: remove_releases
// Whatever touches a release is its own: nobody is left who points to it.
UNWIND $ids AS key MATCH (n:Release {id: key}) DETACH DELETE n

// name: owned_{entity}
// for each {entity} {Label} {types}: artists Artist ALIAS_OF|MEMBER_OF, labels Label SUBLABEL_OF, masters Master BY|IS
// The edges that records own: everything that touches a release, of the others what goes out.
UNWIND $ids AS key
MATCH (n:{Label} {id: key})-[e:{types}]->(m)
RETURN key, collect([type(e), labels(m)[0], coalesce(m.id, m.name), e.catno, e.roles]) AS edges

// name: owned_releases
UNWIND $ids AS key
MATCH (n:Release {id: key})-[e]-(m)
RETURN key, collect([type(e), labels(m)[0], coalesce(m.id, m.name), e.catno, e.roles]) AS edges

// name: add_artists_alias_of
UNWIND $rows AS r MATCH (n:Artist {id: r.id}) UNWIND r.to AS k MATCH (m:Artist {id: k}) CREATE (n)-[:ALIAS_OF]->(m)

// name: drop_artists_alias_of
// The record stands first: its few edges are looked through, not the thousands of its target.
UNWIND $rows AS r MATCH (n:Artist {id: r.id}) UNWIND r.to AS k MATCH (n)-[e:ALIAS_OF]->(m:Artist {id: k}) DELETE e

// name: add_artists_member_of
UNWIND $rows AS r MATCH (n:Artist {id: r.id}) UNWIND r.to AS k MATCH (m:Artist {id: k}) CREATE (n)-[:MEMBER_OF]->(m)

// name: drop_artists_member_of
UNWIND $rows AS r MATCH (n:Artist {id: r.id}) UNWIND r.to AS k MATCH (n)-[e:MEMBER_OF]->(m:Artist {id: k}) DELETE e

// name: add_labels_sublabel_of
UNWIND $rows AS r MATCH (n:Label {id: r.id}) UNWIND r.to AS k MATCH (m:Label {id: k}) CREATE (n)-[:SUBLABEL_OF]->(m)

// name: drop_labels_sublabel_of
UNWIND $rows AS r MATCH (n:Label {id: r.id}) UNWIND r.to AS k MATCH (n)-[e:SUBLABEL_OF]->(m:Label {id: k}) DELETE e

// name: add_masters_by
UNWIND $rows AS r MATCH (n:Master {id: r.id}) UNWIND r.to AS k MATCH (m:Artist {id: k}) CREATE (n)-[:BY]->(m)

// name: drop_masters_by
UNWIND $rows AS r MATCH (n:Master {id: r.id}) UNWIND r.to AS k MATCH (n)-[e:BY]->(m:Artist {id: k}) DELETE e

// name: add_masters_genres
UNWIND $rows AS r MATCH (n:Master {id: r.id}) UNWIND r.to AS k MATCH (m:Genre {name: k}) CREATE (n)-[:IS]->(m)

// name: drop_masters_genres
UNWIND $rows AS r MATCH (n:Master {id: r.id}) UNWIND r.to AS k MATCH (n)-[e:IS]->(m:Genre {name: k}) DELETE e

// name: add_masters_styles
UNWIND $rows AS r MATCH (n:Master {id: r.id}) UNWIND r.to AS k MATCH (m:Style {name: k}) CREATE (n)-[:IS]->(m)

// name: drop_masters_styles
UNWIND $rows AS r MATCH (n:Master {id: r.id}) UNWIND r.to AS k MATCH (n)-[e:IS]->(m:Style {name: k}) DELETE e

// name: add_releases_by
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (m:Artist {id: k}) CREATE (n)-[:BY]->(m)

// name: drop_releases_by
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (n)-[e:BY]->(m:Artist {id: k}) DELETE e

// name: add_releases_appears_on
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (m:Artist {id: k}) CREATE (n)<-[:APPEARS_ON]-(m)

// name: drop_releases_appears_on
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (n)<-[e:APPEARS_ON]-(m:Artist {id: k}) DELETE e

// name: add_releases_credited_on
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (m:Artist {id: k.id}) CREATE (n)<-[:CREDITED_ON {roles: k.roles}]-(m)

// name: drop_releases_credited_on
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (n)<-[e:CREDITED_ON]-(m:Artist {id: k}) DELETE e

// name: add_releases_on
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (m:Label {id: k.id}) CREATE (n)-[:ON {catno: k.catno}]->(m)

// name: drop_releases_on
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (n)-[e:ON]->(m:Label {id: k.id}) WHERE e.catno = k.catno DELETE e

// name: add_releases_derived_from
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (m:Master {id: k}) CREATE (n)-[:DERIVED_FROM]->(m)

// name: drop_releases_derived_from
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (n)-[e:DERIVED_FROM]->(m:Master {id: k}) DELETE e

// name: add_releases_genres
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (m:Genre {name: k}) CREATE (n)-[:IS]->(m)

// name: drop_releases_genres
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (n)-[e:IS]->(m:Genre {name: k}) DELETE e

// name: add_releases_styles
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (m:Style {name: k}) CREATE (n)-[:IS]->(m)

// name: drop_releases_styles
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (n)-[e:IS]->(m:Style {name: k}) DELETE e

// name: set_roles
UNWIND $rows AS r MATCH (n:Release {id: r.id}) UNWIND r.to AS k MATCH (n)<-[e:CREDITED_ON]-(m:Artist {id: k.id}) SET e.roles = k.roles
