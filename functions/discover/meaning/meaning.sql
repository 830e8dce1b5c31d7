-- name: state
-- The vectors of each entity, and whether those of all documents are there.
SELECT entity, engine, version, dimensions, records, documents, vectors, indexed, lists, probes, recall, off,
       (SELECT caught_up_at IS NULL FROM derivations WHERE name = 'vectors') AS behind
FROM vector_state ORDER BY entity

-- name: limit_time
SELECT set_config('statement_timeout', %(milliseconds)s, true)

-- name: by_index
SELECT set_config('enable_seqscan', 'off', true), set_config('ivfflat.probes', %(probes)s, true)

-- name: by_all
SELECT set_config('enable_seqscan', 'on', true)

-- name: near_{entity}
-- for each {entity} {code}: artists 1, labels 2, masters 3, releases 4
-- The nearest texts, then everybody who has one of them.
WITH near AS MATERIALIZED (
    SELECT key, vector <#> %(vector)s::halfvec AS distance FROM vectors_{entity}
    ORDER BY vector <#> %(vector)s::halfvec LIMIT %(most)s)
SELECT {code}, v.id, n.distance FROM near n JOIN vectors_{entity} v ON v.key = n.key
WHERE n.distance IS NOT NULL ORDER BY n.distance, v.id LIMIT %(most)s

-- name: count_{entity}
-- for each {entity} {code}: artists 1, labels 2, masters 3, releases 4
-- How many match, as far as that matters.
SELECT count(*) FROM (
    SELECT FROM search_entries_0 WHERE entity = {code} {filters}
    UNION ALL SELECT FROM search_entries_1 WHERE entity = {code} {filters}
    UNION ALL SELECT FROM search_entries_2 WHERE entity = {code} {filters}
    UNION ALL SELECT FROM search_entries_3 WHERE entity = {code} {filters}
    LIMIT %(exact)s + 1) AS matching

-- name: near_matching_{entity}
-- for each {entity} {code}: artists 1, labels 2, masters 3, releases 4
-- Of those that match, all are compared.
WITH matching AS MATERIALIZED (
    SELECT id FROM search_entries_0 WHERE entity = {code} {filters}
    UNION ALL SELECT id FROM search_entries_1 WHERE entity = {code} {filters}
    UNION ALL SELECT id FROM search_entries_2 WHERE entity = {code} {filters}
    UNION ALL SELECT id FROM search_entries_3 WHERE entity = {code} {filters})
SELECT {code}, v.id, coalesce(v.vector, (SELECT o.vector FROM vectors_{entity} o
                                         WHERE o.key = v.key AND o.vector IS NOT NULL LIMIT 1))
                     <#> %(vector)s::halfvec AS distance
FROM matching m JOIN vectors_{entity} v ON v.id = m.id
ORDER BY distance, v.id LIMIT %(most)s

-- name: near_filtered_{entity}
-- for each {entity} {code}: artists 1, labels 2, masters 3, releases 4
-- Where very many match, of the nearest those that do.
WITH near AS MATERIALIZED (
    SELECT key, vector <#> %(vector)s::halfvec AS distance FROM vectors_{entity}
    ORDER BY vector <#> %(vector)s::halfvec LIMIT %(looked_at)s)
SELECT {code}, v.id, n.distance FROM near n JOIN vectors_{entity} v ON v.key = n.key, LATERAL (
    SELECT FROM search_entries_0 WHERE entity = {code} AND id = v.id {filters}
    UNION ALL SELECT FROM search_entries_1 WHERE entity = {code} AND id = v.id {filters}
    UNION ALL SELECT FROM search_entries_2 WHERE entity = {code} AND id = v.id {filters}
    UNION ALL SELECT FROM search_entries_3 WHERE entity = {code} AND id = v.id {filters}) AS matching
WHERE n.distance IS NOT NULL ORDER BY n.distance, v.id LIMIT %(most)s

-- name: versions_matching
-- Releases that match, by the vector of their master; of its versions the first.
WITH matching AS MATERIALIZED (
    SELECT id FROM search_entries_0 WHERE entity = 4 {filters} UNION ALL SELECT id FROM search_entries_1 WHERE entity = 4 {filters}
    UNION ALL SELECT id FROM search_entries_2 WHERE entity = 4 {filters}
    UNION ALL SELECT id FROM search_entries_3 WHERE entity = 4 {filters}),
     versions AS (SELECT f.master, min(m.id) AS id FROM matching m JOIN release_facts f ON f.id = m.id
                  WHERE f.master IS NOT NULL GROUP BY f.master)
SELECT 4, r.id, coalesce(v.vector, (SELECT o.vector FROM vectors_masters o
                                    WHERE o.key = v.key AND o.vector IS NOT NULL LIMIT 1))
                <#> %(vector)s::halfvec AS distance
FROM versions r JOIN vectors_masters v ON v.id = r.master
ORDER BY distance, r.id LIMIT %(most)s

-- name: versions_filtered
-- Where very many match: the main releases of the nearest masters, those that do.
WITH near AS MATERIALIZED (
    SELECT key, vector <#> %(vector)s::halfvec AS distance FROM vectors_masters
    ORDER BY vector <#> %(vector)s::halfvec LIMIT %(looked_at)s),
     versions AS MATERIALIZED (
    SELECT (m.data ->> 'main_release')::bigint AS id, n.distance
    FROM near n JOIN vectors_masters v ON v.key = n.key JOIN masters m ON m.id = v.id WHERE n.distance IS NOT NULL)
SELECT 4, v.id, v.distance FROM versions v, LATERAL (
    SELECT FROM search_entries_0 WHERE entity = 4 AND id = v.id {filters}
    UNION ALL SELECT FROM search_entries_1 WHERE entity = 4 AND id = v.id {filters}
    UNION ALL SELECT FROM search_entries_2 WHERE entity = 4 AND id = v.id {filters}
    UNION ALL SELECT FROM search_entries_3 WHERE entity = 4 AND id = v.id {filters}) AS matching
ORDER BY v.distance, v.id LIMIT %(most)s

-- name: entries
-- What is shown of records that were found by meaning.
SELECT e.entity, e.id, e.prior, e.name, e.by_line
FROM unnest(%(entities)s::smallint[], %(ids)s::bigint[]) AS found (entity, id), LATERAL (
    SELECT entity, id, prior, name, by_line FROM search_entries_0 WHERE entity = found.entity AND id = found.id
    UNION ALL SELECT entity, id, prior, name, by_line FROM search_entries_1 WHERE entity = found.entity AND id = found.id
    UNION ALL SELECT entity, id, prior, name, by_line FROM search_entries_2 WHERE entity = found.entity AND id = found.id
    UNION ALL SELECT entity, id, prior, name, by_line FROM search_entries_3 WHERE entity = found.entity AND id = found.id
) AS e
