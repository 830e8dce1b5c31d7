// name: drop_{index}
// for each {index}: artist_name, label_name, master_title, release_title
DROP INDEX {index} IF EXISTS

// name: create_{index}
// for each {index} {Label} {property}: artist_name Artist name, label_name Label name, master_title Master title, release_title Release title
CREATE INDEX {index} IF NOT EXISTS FOR (n:{Label}) ON (n.{property})
