-- Fields that nobody looks at are taken away before the document becomes text: that text is most of the work.

-- name: {entity}_in
-- for each {entity} {year}: artists NULL::integer, labels NULL::integer, masters year, releases year
SELECT id, {year}, (data - %(without)s::text[])::text FROM {entity} WHERE id BETWEEN %(first)s AND %(last)s

-- name: {entity}_of
-- for each {entity} {year}: artists NULL::integer, labels NULL::integer, masters year, releases year
SELECT id, {year}, (data - %(without)s::text[])::text FROM {entity} WHERE id = ANY(%(ids)s)
