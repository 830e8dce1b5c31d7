-- name: indexes
SELECT indexname, substring(indexdef FROM ' USING .*') FROM pg_indexes WHERE schemaname = current_schema() AND tablename = %(table)s

-- name: indexes_on
-- Those on exactly these columns, in this order.
SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass(%(table)s)
  AND (SELECT array_agg(a.attname::text ORDER BY k.place)
       FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attribute, place)
       JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attribute) = %(columns)s::text[]
