-- name: ids
SELECT id FROM {table} ORDER BY id;

-- name: artists
SELECT id, hash, dump, data::text, name FROM artists WHERE id = ANY(%(ids)s);

-- name: labels
SELECT id, hash, dump, data::text, name FROM labels WHERE id = ANY(%(ids)s);

-- name: masters
SELECT id, hash, dump, data::text, title, year, genres, styles FROM masters WHERE id = ANY(%(ids)s);

-- name: releases
SELECT id, hash, dump, data::text, title, year, genres, styles, country FROM releases WHERE id = ANY(%(ids)s);

-- name: quarantine
-- The pieces of an entity that were put aside, in this dump or an earlier one.
SELECT dump = %(dump)s, stream_at, size, record_id
FROM quarantine WHERE entity = %(entity)s AND dump <= %(dump)s;

-- name: drift
-- What loads have met that the model does not know.
SELECT DISTINCT detail ->> 'name' FROM events WHERE kind = 'drift-unknown' AND detail ->> 'entity' = %(entity)s;

-- name: tombstones
-- Each tombstone's id, and whether the table still has it.
SELECT t.id, EXISTS (SELECT FROM {table} AS r WHERE r.id = t.id) FROM tombstones AS t WHERE t.entity = %(entity)s;

-- name: facts_ready
-- What is behind is made by itself: it is no difference.
SELECT EXISTS (SELECT FROM derivations WHERE name = 'release-facts' AND NOT building AND caught_up_at IS NOT NULL)
   AND NOT EXISTS (SELECT FROM document_changes WHERE entity = 4);

-- name: facts
SELECT id, year, country, master, formats, labels, genres, styles, artists, credited
FROM release_facts WHERE id = ANY(%(ids)s);

-- name: identifiers_ready
SELECT EXISTS (SELECT FROM derivations WHERE name = 'identifiers' AND NOT building AND caught_up_at IS NOT NULL)
   AND NOT EXISTS (SELECT FROM document_changes WHERE entity = 4);

-- name: identifiers
SELECT release, key FROM identifiers WHERE release = ANY(%(ids)s);

-- name: identifiers_beyond
SELECT DISTINCT release FROM identifiers AS i WHERE NOT EXISTS (SELECT FROM releases AS r WHERE r.id = i.release)
ORDER BY release LIMIT 1000;

-- name: facts_beyond
SELECT id FROM release_facts AS f WHERE NOT EXISTS (SELECT FROM releases AS r WHERE r.id = f.id) ORDER BY id LIMIT 1000;
