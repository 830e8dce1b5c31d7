-- name: stored_{entity}
-- for each {entity} {year}: artists NULL::integer, labels NULL::integer, masters year, releases year
SELECT id, hash, data::text, {year} FROM {entity} WHERE id = ANY(%(ids)s)
