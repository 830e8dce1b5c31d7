-- name: extension
CREATE EXTENSION IF NOT EXISTS pg_buffercache

-- name: checkpoint
CHECKPOINT

-- name: folder
SHOW data_directory

-- name: evict
SELECT pg_buffercache_evict_all()
