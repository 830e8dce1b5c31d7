-- name: tallies
SELECT f.entity, f.state, f.bytes, f.read_bytes, f.records, f.unchanged, f.rejected,
       coalesce(sum(p.records), 0)::bigint AS cut,
       coalesce(sum(p.records) FILTER (WHERE coalesce(p.died_in, p.state) IN ('cut', 'damaged')), 0)::bigint AS unparsed,
       coalesce(sum(p.quarantined), 0)::bigint AS quarantined
FROM files f LEFT JOIN parts p ON p.run = f.run AND p.entity = f.entity AND p.kind = 'xml'
WHERE f.run = %(run)s AND f.state IN ('fetched', 'split') AND (%(entity)s::text IS NULL OR f.entity = %(entity)s)
GROUP BY f.run, f.entity ORDER BY f.entity

-- name: compared
SELECT key, sum((value ->> 0)::bigint)::bigint, sum((value ->> 1)::bigint)::bigint
FROM parts p, jsonb_each(p.compared) WHERE p.run = %(run)s AND p.entity = %(entity)s GROUP BY key

-- name: stored_{entity}
-- for each {entity}: artists, labels, masters, releases
SELECT id, data::text FROM {entity} WHERE id = ANY(%(ids)s)
