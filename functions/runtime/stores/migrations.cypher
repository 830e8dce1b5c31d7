// name: applied
MATCH (m:Migration) RETURN m.name AS name

// name: note
MERGE (m:Migration {name: $name})
