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

-- name: was_whole
-- Whether the newest load of this dump took its file of an entity for whole.
SELECT f.whole FROM files AS f JOIN runs AS r ON r.id = f.run
WHERE r.kind = 'load' AND r.dump = %(dump)s AND f.entity = %(entity)s AND f.state = 'split'
ORDER BY r.id DESC LIMIT 1;

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

-- name: entries_ready
-- NULL where there are to be none.
SELECT CASE WHEN EXISTS (SELECT FROM derivations WHERE name = 'search') THEN
       count(*) = 2 AND NOT EXISTS (SELECT FROM document_changes) AND NOT EXISTS (SELECT FROM search_staged)
       AND NOT EXISTS (SELECT FROM degree_moves) AND NOT EXISTS (SELECT FROM degree_changes) END
FROM derivations WHERE name IN ('search', 'release-facts') AND NOT building AND caught_up_at IS NOT NULL;

-- name: entries
-- Words with their places and weights as in `word:1A,17B`, those of whole names without; of the last place that there is no
-- weight. Whether the entry is to be in the sample, and whether it is, as it is.
SELECT e.id, e.tier, e.prior, e.links, e.name, e.by_line, e.plain,
       ARRAY(SELECT lexeme || ':' || coalesce(
                 (SELECT string_agg(place || CASE WHEN place < 16383 THEN weight ELSE '' END, ',' ORDER BY place)
                  FROM unnest(positions, weights) AS at (place, weight)), '')
             FROM unnest(e.words)),
       e.facets, coalesce(d.degree, 0), search_in_sample(e.id),
       EXISTS (SELECT FROM search_sample s
               WHERE s.entity = %(entity)s AND s.id = e.id AND s.words = e.words AND s.facets = e.facets)
FROM (SELECT 0 AS tier, * FROM search_entries_0 WHERE entity = %(entity)s AND id = ANY(%(ids)s)
      UNION ALL SELECT 1, * FROM search_entries_1 WHERE entity = %(entity)s AND id = ANY(%(ids)s)
      UNION ALL SELECT 2, * FROM search_entries_2 WHERE entity = %(entity)s AND id = ANY(%(ids)s)
      UNION ALL SELECT 3, * FROM search_entries_3 WHERE entity = %(entity)s AND id = ANY(%(ids)s)) AS e
     LEFT JOIN degrees d ON d.entity = e.entity AND d.id = e.id;

-- name: entries_variant
SELECT variant FROM derivations WHERE name = 'search';

-- name: words_beyond
-- Of these words those that the vocabulary lacks.
SELECT asked.word FROM unnest(%(words)s::text[]) AS asked (word)
WHERE NOT EXISTS (SELECT FROM search_words v WHERE v.word = asked.word COLLATE "C" AND v.frequency > 0);

-- name: vocabulary
SELECT word, frequency FROM search_words;

-- name: keys_of_words
SELECT d.key, d.word FROM unnest(%(keys)s::bigint[], %(words)s::text[]) AS asked (key, word)
     JOIN search_deletes d ON d.key = asked.key AND d.word = asked.word COLLATE "C";

-- name: entries_beyond
-- Entries, and what is in the sample of them, whose record is gone.
SELECT DISTINCT entity, id FROM (
    SELECT entity, id FROM search_entries_0 UNION ALL SELECT entity, id FROM search_entries_1
    UNION ALL SELECT entity, id FROM search_entries_2 UNION ALL SELECT entity, id FROM search_entries_3
    UNION ALL SELECT entity, id FROM search_sample) AS e
WHERE NOT CASE entity WHEN 1 THEN EXISTS (SELECT FROM artists AS r WHERE r.id = e.id)
                      WHEN 2 THEN EXISTS (SELECT FROM labels AS r WHERE r.id = e.id)
                      WHEN 3 THEN EXISTS (SELECT FROM masters AS r WHERE r.id = e.id)
                      WHEN 4 THEN EXISTS (SELECT FROM releases AS r WHERE r.id = e.id) ELSE false END
ORDER BY entity, id LIMIT 1000;

-- name: counts_ready
-- What runs have noted is added at their end; counts of another version are made anew at the end of the next one.
SELECT EXISTS (SELECT FROM installation WHERE counts_version = 3) AND NOT EXISTS (SELECT FROM count_deltas);

-- name: counts
SELECT kind, key, releases, masters FROM counts WHERE kind <> 'label';

-- name: wrong_label_counts
-- A label counts the releases that name it, which are as many as its degree.
SELECT coalesce(c.key, d.id::text), c.releases, d.degree
FROM (SELECT key, releases + masters AS releases FROM counts WHERE kind = 'label') AS c
     FULL JOIN (SELECT id, degree FROM degrees WHERE entity = 2 AND degree <> 0) AS d ON d.id::text = c.key
WHERE c.releases IS DISTINCT FROM d.degree ORDER BY 1 LIMIT 1000;

-- name: master_years
SELECT id, year FROM masters WHERE id = ANY(%(ids)s) AND year IS NOT NULL;

-- name: degrees
SELECT entity, id, degree FROM degrees;
