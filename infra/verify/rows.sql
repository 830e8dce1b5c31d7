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

-- name: links_ready
SELECT EXISTS (SELECT FROM derivations WHERE name = 'release-links' AND NOT building AND caught_up_at IS NOT NULL)
   AND NOT EXISTS (SELECT FROM document_changes WHERE entity = 4);

-- name: links
SELECT release, id, kind, master, year, categories, roles FROM release_links WHERE release = ANY(%(ids)s);

-- name: links_beyond
SELECT DISTINCT release FROM release_links AS l WHERE NOT EXISTS (SELECT FROM releases AS r WHERE r.id = l.release)
ORDER BY release LIMIT 1000;

-- name: wrong_link_years
-- Counts of hubs that are wrong, that are missing, and that are too many.
SELECT id, kind, year, y.releases, counted.releases
FROM release_link_years AS y
FULL JOIN (SELECT id, kind, year, count(*) AS releases
           FROM release_links JOIN (SELECT id, kind FROM release_links GROUP BY id, kind HAVING count(*) > %(most)s) AS h
               USING (id, kind)
           GROUP BY id, kind, year) AS counted USING (id, kind, year)
WHERE y.releases IS DISTINCT FROM counted.releases ORDER BY id, kind, year LIMIT 1000;

-- name: wrong_link_roles
SELECT r.role, r.id, r.releases, count(l.id)
FROM release_link_roles AS r LEFT JOIN release_links AS l ON l.id = r.id AND l.kind = 2
    AND CASE WHEN r.role ~ '^#[0-9]+$' THEN l.categories >> substr(r.role, 2)::integer & 1 = 1
             ELSE r.role = ANY(string_to_array(l.roles, E'\n')) END
GROUP BY r.role, r.id HAVING count(l.id) <> r.releases ORDER BY r.role, r.id LIMIT 1000;

-- name: facts_beyond
SELECT id FROM release_facts AS f WHERE NOT EXISTS (SELECT FROM releases AS r WHERE r.id = f.id) ORDER BY id LIMIT 1000;

-- name: vectors_ready
-- What is behind is made by itself, and where there is no model there are none.
SELECT variant FROM derivations
WHERE name = 'vectors' AND NOT building AND caught_up_at IS NOT NULL AND NOT EXISTS (SELECT FROM document_changes)
  AND EXISTS (SELECT FROM vector_state) AND NOT EXISTS (SELECT FROM vector_state WHERE off IS NOT NULL);

-- name: vector_keys
SELECT v.id, v.key, EXISTS (SELECT FROM {table} AS o WHERE o.key = v.key AND o.vector IS NOT NULL)
FROM {table} AS v WHERE v.id = ANY(%(ids)s);

-- name: vectors_beyond
SELECT id FROM {vectors} AS v WHERE NOT EXISTS (SELECT FROM {table} AS r WHERE r.id = v.id) ORDER BY id LIMIT 1000;
