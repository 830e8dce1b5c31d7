-- name: {entity}
-- for each {entity} {year}: artists NULL::integer, labels NULL::integer, masters year, releases year
SELECT {year}, data::text FROM {entity} WHERE id = ANY(%(ids)s)
