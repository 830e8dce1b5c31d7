-- name: table_bytes
-- stream_end counts from the beginning of the file.
SELECT coalesce(sum(bytes) FILTER (WHERE state IN ('loaded', 'done')), 0)
FROM (SELECT state, stream_end - lag(stream_end, 1, 0::bigint) OVER (PARTITION BY entity ORDER BY part) AS bytes
      FROM parts WHERE run = (SELECT max(id) FROM runs) AND kind = 'xml') cut

-- name: graph_releases
-- In the embedded graph server's own SQL, which keeps the count of a type at hand.
SELECT count(*) AS releases FROM Release
