-- name: may_make_roles
SELECT rolsuper OR rolcreaterole, rolsuper FROM pg_roles WHERE rolname = current_user

-- name: has_role
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s)

-- name: make_role
CREATE ROLE {role} LOGIN

-- name: give_password
ALTER ROLE {role} PASSWORD {verifier}

-- name: set_timeout
ALTER ROLE {role} SET statement_timeout = {timeout}

-- name: only_read
ALTER ROLE {role} SET default_transaction_read_only = on

-- name: be_member
-- A user that is no superuser ends the sessions of these roles when a restore swaps the databases.
GRANT {role} TO CURRENT_USER

-- name: see_sessions
-- Who waits for a lock is shown; of other users' sessions nobody else is told more than that they are there.
GRANT pg_read_all_stats TO {role}

-- name: let_read
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}

-- name: let_read_later
-- Derivations are made in tables that are new each time.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role}

-- name: hide
REVOKE ALL ON access_keys, access_sessions, access_limits, file_addresses FROM {role}

-- name: hide_suppressed
-- Which records are not to be shown, but neither why nor who has said so.
REVOKE ALL ON suppressed FROM {role}

-- name: let_see_suppressed
GRANT SELECT (entity, id) ON suppressed TO {role}

-- name: let_act
-- What acting needs: neither documents, nor tombstones, nor what the loaders know of records, nor keys.
GRANT INSERT, UPDATE, DELETE ON
    runs, files, parts, steps, file_addresses, events, schedules, quarantine, installation,
    document_batches, derivations, derivation_work, document_changes, access_sessions, access_limits, workers,
    baselines, year_bounds
TO {role}

-- name: let_forget_graph
-- A first load knows no graph any more.
GRANT UPDATE (graph) ON record_state TO {role}

-- name: only_owner_drops
REVOKE ALL ON FUNCTION drop_document_indexes(text[]) FROM PUBLIC

-- name: let_drop
GRANT EXECUTE ON FUNCTION drop_document_indexes(text[]) TO {role}

-- name: let_see
-- What is hidden from whoever only reads.
GRANT SELECT ON access_keys, access_sessions, access_limits, file_addresses TO {role}

-- name: let_note_use
GRANT UPDATE (used_at) ON access_keys TO {role}

-- name: granted
-- Whether whoever asks may read what is served, and write what acting needs.
SELECT coalesce(has_table_privilege(to_regclass('runs'), 'SELECT'), false),
       coalesce(has_table_privilege(to_regclass('access_sessions'), 'INSERT'), false)
