-- name: counts
-- Of the narrow table: counting the documents' own would read them all.
SELECT entity, count(*) FROM record_state WHERE doc IS NOT NULL GROUP BY entity

-- name: {entity}
-- for each {entity} {year}: artists NULL::integer, labels NULL::integer, masters year, releases year
-- In whatever order the table has them: the graph does not care, and nothing has to be sorted. Bytes, as they come:
-- no text of Python is made of them.
SELECT {year}, textsend(data::text) FROM {entity}

-- name: related_artists
-- Those that own an edge.
SELECT NULL::integer, textsend(data::text) FROM artists WHERE data ?| ARRAY['aliases', 'groups']

-- name: related_labels
SELECT NULL::integer, textsend(data::text) FROM labels WHERE data ? 'parentLabel'

-- name: sampled_releases
-- Whole pages of the table: it is not read as a whole.
SELECT year, data::text FROM releases TABLESAMPLE SYSTEM (%(percent)s)
