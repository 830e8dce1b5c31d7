-- name: due_{entity}
-- for each {entity} {code} {year}: artists 1 NULL::integer, labels 2 NULL::integer, masters 3 t.year, releases 4 t.year
SELECT s.id, s.doc, {year}, t.data::text FROM record_state s LEFT JOIN {entity} t ON t.id = s.id
WHERE s.entity = {code} AND s.id = ANY(%(ids)s) AND s.graph IS DISTINCT FROM s.doc # %(version)s ORDER BY s.id

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
