-- name: begin
INSERT INTO year_bounds (entity, last_year)
SELECT entity, CASE WHEN %(empty)s THEN %(last)s::integer END FROM unnest(%(entities)s::text[]) AS entity
ON CONFLICT (entity) DO UPDATE SET last_year = excluded.last_year
WHERE %(empty)s OR year_bounds.last_year IS DISTINCT FROM %(last)s::integer

-- name: bound
SELECT last_year FROM year_bounds WHERE entity = %(entity)s

-- name: set_bound
INSERT INTO year_bounds (entity, last_year) VALUES (%(entity)s, %(last)s)
ON CONFLICT (entity) DO UPDATE SET last_year = excluded.last_year

-- name: stage
CREATE TEMP TABLE IF NOT EXISTS settled_years (id bigint, before integer, after integer) ON COMMIT DELETE ROWS

-- name: find_masters
-- A year that is known stays known unless it lies behind the last one: few rows have none, and few that have none state one.
INSERT INTO settled_years
SELECT id, year, CASE WHEN year IS NULL THEN stated END
FROM (SELECT id, year, (data ->> 'year')::bigint AS stated FROM masters WHERE year IS NULL OR year > %(last)s) AS m
WHERE year IS NOT NULL OR stated BETWEEN %(first)s AND %(last)s

-- name: find_releases
INSERT INTO settled_years
SELECT id, year, CASE WHEN year IS NULL THEN stated END
FROM (SELECT id, year, CASE WHEN data ->> 'released' ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$'
                            THEN left(data ->> 'released', 4)::integer END AS stated
      FROM releases WHERE year IS NULL OR year > %(last)s) AS r
WHERE year IS NOT NULL OR stated BETWEEN %(first)s AND %(last)s

-- name: settle_masters
UPDATE masters t SET year = s.after FROM settled_years s WHERE t.id = s.id

-- name: settle_releases
UPDATE releases t SET year = s.after FROM settled_years s WHERE t.id = s.id

-- name: settled
SELECT before, after FROM settled_years

-- name: settled_ids
SELECT id FROM settled_years

-- name: hold_graph
-- Whoever shows a record as it was before has noted so by then.
SELECT pg_advisory_xact_lock(%(space)s, hashtext('graph'))

-- name: make_due
-- What the graph shows is none of the record's documents any more. NULL would say that it shows nothing of the record.
UPDATE record_state t SET graph = ~t.graph
FROM settled_years s WHERE t.entity = %(code)s AND t.id = s.id AND t.graph IS NOT NULL
