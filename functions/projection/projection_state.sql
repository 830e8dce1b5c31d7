-- name: due_artists
SELECT s.id, s.doc, NULL::integer, t.data::text FROM record_state s LEFT JOIN artists t ON t.id = s.id
WHERE s.entity = 1 AND s.id = ANY(%(ids)s) AND s.graph IS DISTINCT FROM s.doc # %(version)s ORDER BY s.id

-- name: due_labels
SELECT s.id, s.doc, NULL::integer, t.data::text FROM record_state s LEFT JOIN labels t ON t.id = s.id
WHERE s.entity = 2 AND s.id = ANY(%(ids)s) AND s.graph IS DISTINCT FROM s.doc # %(version)s ORDER BY s.id

-- name: due_masters
SELECT s.id, s.doc, t.year, t.data::text FROM record_state s LEFT JOIN masters t ON t.id = s.id
WHERE s.entity = 3 AND s.id = ANY(%(ids)s) AND s.graph IS DISTINCT FROM s.doc # %(version)s ORDER BY s.id

-- name: due_releases
SELECT s.id, s.doc, t.year, t.data::text FROM record_state s LEFT JOIN releases t ON t.id = s.id
WHERE s.entity = 4 AND s.id = ANY(%(ids)s) AND s.graph IS DISTINCT FROM s.doc # %(version)s ORDER BY s.id

-- name: due_ids
SELECT id FROM record_state
WHERE entity = %(entity)s AND id > %(after)s AND graph IS DISTINCT FROM doc # %(version)s ORDER BY id LIMIT %(limit)s

-- name: some_due_ids
SELECT id FROM record_state
WHERE entity = %(entity)s AND graph IS DISTINCT FROM doc # %(version)s ORDER BY id LIMIT %(limit)s

-- name: note_shown
UPDATE record_state s SET graph = shown.doc # %(version)s
FROM unnest(%(ids)s::bigint[], %(docs)s::bigint[]) AS shown (id, doc)
WHERE s.entity = %(entity)s AND s.id = shown.id

-- name: note_all_shown
-- After the bulk load few are left: those that went over the table's incremental load.
UPDATE record_state SET graph = doc # %(version)s WHERE graph IS DISTINCT FROM doc # %(version)s
