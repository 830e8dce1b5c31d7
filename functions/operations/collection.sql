-- name: collection
-- Of an entity as many as the planner knows of; that is brought up at the end of each run. A small table is counted.
WITH active AS (
    SELECT id, dump, state FROM runs WHERE state IN ('running', 'paused', 'finishing')
), latest AS (
    SELECT dump, finished_at FROM runs WHERE state = 'done' AND dump IS NOT NULL ORDER BY id DESC LIMIT 1
), held AS (
    SELECT relname, CASE WHEN reltuples >= 0 THEN reltuples::bigint ELSE 0 END AS rows
    FROM pg_class WHERE oid IN ('artists'::regclass, 'labels'::regclass, 'masters'::regclass, 'releases'::regclass)
)
SELECT (SELECT rows FROM held WHERE relname = 'artists') AS artists,
       (SELECT rows FROM held WHERE relname = 'labels') AS labels,
       (SELECT rows FROM held WHERE relname = 'masters') AS masters,
       (SELECT rows FROM held WHERE relname = 'releases') AS releases,
       (SELECT count(*) FROM counts WHERE kind = 'genre' AND releases + masters > 0) AS genres,
       (SELECT count(*) FROM counts WHERE kind = 'style' AND releases + masters > 0) AS styles,
       (SELECT dump FROM latest) AS dump,
       (SELECT finished_at FROM latest) AS changed_at,
       (SELECT synthetic FROM installation) AS synthetic,
       (SELECT sample FROM installation) AS sample,
       (SELECT generation FROM installation) AS generation,
       (SELECT id FROM active) AS run,
       (SELECT dump FROM active) AS run_dump,
       (SELECT state FROM active) AS run_state,
       (SELECT (sum(read_bytes) / nullif(sum(bytes), 0))::float8 FROM files JOIN active ON active.id = files.run)
           AS share
