-- name: drop
DROP SCHEMA IF EXISTS discogskit CASCADE

-- name: count
SELECT count(*) FROM discogskit.releases

-- name: checkpoint
CHECKPOINT
