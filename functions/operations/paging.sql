-- name: count
SELECT count(*) FROM ({statement}) AS matching
