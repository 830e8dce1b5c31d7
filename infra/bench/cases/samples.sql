-- name: last_sample
SELECT value FROM metric_samples ORDER BY at DESC LIMIT 1

-- name: table_bytes
SELECT pg_total_relation_size(%(table)s::regclass)

-- name: fill_samples
INSERT INTO metric_samples (at, value) VALUES (now() - make_interval(secs => %(age)s), %(value)s::real[])

-- name: fill_{table}
-- for each {table}: minutes, hours
INSERT INTO metric_{table} (at, average, least, most, last)
VALUES (now() - make_interval(secs => %(age)s), %(average)s::real[], %(least)s::real[], %(most)s::real[],
        %(last)s::real[])
