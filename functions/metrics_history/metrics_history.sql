-- name: do_not_wait_for_disk
-- What a crash of the server takes are the last samples.
SET LOCAL synchronous_commit = off

-- name: names
SELECT name, id FROM metric_names ORDER BY id

-- name: lock_names
LOCK TABLE metric_names IN SHARE ROW EXCLUSIVE MODE

-- name: add_names
INSERT INTO metric_names (id, name)
SELECT (SELECT coalesce(max(id), 0) FROM metric_names) + row_number() OVER (ORDER BY place), name
FROM unnest(%(names)s::text[]) WITH ORDINALITY AS new (name, place)
WHERE name NOT IN (SELECT name FROM metric_names)

-- name: add_sample
INSERT INTO metric_samples (at, value)
VALUES (date_bin(make_interval(secs => %(every)s), now(), 'epoch'), %(value)s::real[])
ON CONFLICT (at) DO UPDATE SET value = excluded.value

-- name: minutes_due
-- Samples of minutes that have passed since the last one that was rolled up. Rows of the future are of a clock that was
-- ahead: what comes now is rolled up whatever they are.
SELECT date_bin('1 minute', at, 'epoch'), value FROM metric_samples
WHERE at >= coalesce((SELECT max(at) + interval '1 minute' FROM metric_minutes WHERE at < now()), '-infinity')
  AND at < date_bin('1 minute', now(), 'epoch')
ORDER BY at

-- name: hours_due
SELECT date_bin('1 hour', at, 'epoch'), average, least, most, last FROM metric_minutes
WHERE at >= coalesce((SELECT max(at) + interval '1 hour' FROM metric_hours WHERE at < now()), '-infinity')
  AND at < date_bin('1 hour', now(), 'epoch')
ORDER BY at

-- name: add_{unit}
-- for each {unit}: minute, hour
INSERT INTO metric_{unit}s (at, average, least, most, last)
VALUES (%(at)s, %(average)s::real[], %(least)s::real[], %(most)s::real[], %(last)s::real[])
ON CONFLICT (at) DO NOTHING

-- name: forget_{table}
-- for each {table} {unit}: samples hours, minutes days, hours days
DELETE FROM metric_{table} WHERE at < now() - make_interval({unit} => %({unit})s)

-- name: forget_future_{table}
-- for each {table}: samples, minutes, hours
-- Only while the clock has said what it says for an hour: one that is behind for a moment at a start takes no history.
DELETE FROM metric_{table} WHERE at > now() + interval '1 hour' AND EXISTS (
    SELECT FROM metric_samples WHERE at BETWEEN now() - interval '61 minutes' AND now() - interval '1 hour')

-- name: rows_of_{table}
-- for each {table} {columns}: samples value, minutes average,least,most,last, hours average,least,most,last
-- Whole arrays: to take them apart in the server takes several times as long.
SELECT at, {columns} FROM metric_{table} WHERE at >= %(since)s AND at < %(until)s ORDER BY at

-- name: averages_of_{table}
-- for each {table} {column}: samples value, minutes average, hours average
SELECT at, {column} FROM metric_{table} WHERE at >= %(since)s AND at < %(until)s ORDER BY at

-- name: now
SELECT now()
