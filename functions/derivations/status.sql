-- name: status
-- Its end, when what was made is put in place, counts as one batch more: all is done once it is caught up.
SELECT d.name, d.version, d.building, d.caught_up_at, d.batches,
       CASE WHEN d.caught_up_at IS NOT NULL THEN 1.0
            ELSE greatest(d.batches - count(w.batch), 0)::float / (d.batches + 1) END AS share,
       count(w.batch) FILTER (WHERE NOT w.dead) + (d.assembling_at IS NOT NULL AND NOT d.given_up)::integer AS batches_left,
       count(w.batch) FILTER (WHERE w.dead) + d.given_up::integer AS batches_dead,
       coalesce(max(w.error), d.error) AS error
FROM derivations d LEFT JOIN derivation_work w ON w.derivation = d.name
GROUP BY d.name ORDER BY d.name
