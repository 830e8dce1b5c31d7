-- name: stored_ids
-- A range of ids as bytes, and the last of them.
SELECT string_agg(int8send(id), ''::bytea), max(id)
FROM (SELECT id FROM record_state WHERE entity = %(entity)s AND id > %(after)s AND doc IS NOT NULL
      ORDER BY id LIMIT %(limit)s) AS stored

-- name: bury_{entity}
-- for each {entity}: artists, labels, masters, releases
INSERT INTO tombstones (entity, id, hash, dump, removed_in, data)
SELECT '{entity}', id, hash, dump, %(dump)s, data FROM {entity} WHERE id = ANY(%(ids)s)
ON CONFLICT (entity, id) DO NOTHING

-- name: remove_{entity}
-- for each {entity}: artists, labels, masters, releases
DELETE FROM {entity} WHERE id = ANY(%(ids)s)

-- name: forget_documents
UPDATE record_state SET doc = NULL, raw = NULL WHERE entity = %(entity)s AND id = ANY(%(ids)s)

-- name: outgrown
-- Tables without statistics, or with those of another table than it is now. The server itself looks after small changes.
SELECT relname FROM pg_stat_user_tables
WHERE schemaname = current_schema()
  AND relname IN ('artists', 'labels', 'masters', 'releases', 'record_state', 'changes')
  AND (coalesce(last_analyze, last_autoanalyze) IS NULL OR n_mod_since_analyze > 0.2 * n_live_tup)
ORDER BY pg_relation_size(relid) DESC

-- name: spare
-- No query of ours is planned by statistics of what GIN indexes compute of each record: words, letters, labels. They took
-- half of the time of gathering.
DO $$
DECLARE
    spared record;
BEGIN
    FOR spared IN
        SELECT a.attrelid::regclass AS name, a.attnum AS number
        FROM pg_attribute a JOIN pg_index i ON i.indexrelid = a.attrelid JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'gin')
          AND i.indkey[a.attnum - 1] = 0 AND coalesce(a.attstattarget, -1) = -1
    LOOP
        EXECUTE format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS 0', spared.name, spared.number);
    END LOOP;
END
$$

-- name: analyze
ANALYZE {table}

-- name: note_fields
-- Once for each file: the sums of its parts' counts.
UPDATE files f SET fields = counted.fields
FROM (SELECT coalesce(jsonb_object_agg(name, times), '{}') AS fields
      FROM (SELECT key AS name, sum(value::bigint) AS times
            FROM parts p, jsonb_each_text(p.fields)
            WHERE p.run = %(run)s AND p.entity = %(entity)s GROUP BY key) AS summed) AS counted
WHERE f.run = %(run)s AND f.entity = %(entity)s AND f.fields IS NULL

-- name: unknown
SELECT key, sum((value ->> 'times')::bigint)::bigint, min((value ->> 'example')::bigint)
FROM parts p, jsonb_each(p.drift)
WHERE p.run = %(run)s AND p.entity = %(entity)s GROUP BY key ORDER BY key

-- name: fields
SELECT fields FROM files WHERE run = %(run)s AND entity = %(entity)s

-- name: fields_before
SELECT f.fields FROM files f JOIN runs r ON r.id = f.run
WHERE f.run < %(run)s AND f.entity = %(entity)s AND r.state IN ('done', 'stopped') AND f.fields ? ''
ORDER BY f.run DESC LIMIT 1
