-- name: status
SELECT d.name, d.version, d.building, d.caught_up_at,
       count(w.batch) FILTER (WHERE NOT w.dead) + (d.assembling_at IS NOT NULL AND NOT d.given_up)::integer AS batches_left,
       count(w.batch) FILTER (WHERE w.dead) + d.given_up::integer AS batches_dead,
       coalesce(max(w.error), d.error) AS error
FROM derivations d LEFT JOIN derivation_work w ON w.derivation = d.name
GROUP BY d.name ORDER BY d.name
