-- name: dead_parts
SELECT run, entity, part, died_in, error FROM parts WHERE run = %(run)s AND state = 'dead' ORDER BY entity, part

-- name: dead_batches
SELECT batch, max(error) FROM derivation_work WHERE dead GROUP BY batch ORDER BY batch

-- name: dead_assemblies
SELECT name, error FROM derivations WHERE given_up ORDER BY name
