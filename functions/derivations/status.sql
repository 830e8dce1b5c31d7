-- name: status
SELECT d.name, d.version, d.building, d.caught_up_at,
       count(w.batch) FILTER (WHERE NOT w.dead) AS batches_left,
       count(w.batch) FILTER (WHERE w.dead) AS batches_dead,
       max(w.error) AS error
FROM derivations d LEFT JOIN derivation_work w ON w.derivation = d.name
GROUP BY d.name ORDER BY d.name
