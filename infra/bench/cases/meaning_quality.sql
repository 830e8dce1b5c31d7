-- name: {entity}
-- for each {entity} {year}: artists NULL::integer, labels NULL::integer, masters year, releases year
-- Without what refers to its master, so that a release has a text, too.
SELECT (data - 'master_id')::text, {year} FROM {entity} WHERE id = %(id)s
