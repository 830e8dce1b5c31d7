-- name: find
-- Keys within ranges, range after range; each range begins behind a key and a release. Removed releases are no hits.
SELECT p.place::integer, i.key, i.release
FROM unnest(%(lows)s::text[], %(after)s::bigint[], %(highs)s::text[]) WITH ORDINALITY AS p (low, after, high, place)
CROSS JOIN LATERAL (
    SELECT i.key, i.release FROM identifiers AS i
    WHERE (i.key, i.release) > (p.low, p.after) AND i.key <= p.high AND i.key <> ALL(%(but)s::text[])
      AND EXISTS (SELECT FROM releases AS r WHERE r.id = i.release)
      AND NOT EXISTS (SELECT FROM suppressed AS s WHERE s.entity = 'releases' AND s.id = i.release)
    ORDER BY i.key, i.release LIMIT %(limit)s
) AS i
ORDER BY p.place, i.key, i.release LIMIT %(limit)s

-- name: releases
SELECT id, title, year, country,
       jsonb_build_object('artists', data -> 'artists', 'formats', data -> 'formats',
                          'identifiers', data -> 'identifiers', 'labels', data -> 'labels')::text
FROM releases WHERE id = ANY(%(ids)s)

-- name: state
-- Whether there are identifiers, or will be once they were made; whether they are those of all documents.
SELECT version IS NOT NULL AND NOT (building AND NOT EXISTS (SELECT FROM identifiers)),
       caught_up_at IS NOT NULL AND NOT EXISTS (SELECT FROM document_changes WHERE entity = 4)
FROM derivations WHERE name = 'identifiers'
