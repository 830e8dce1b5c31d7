-- name: settings
-- What is set for a database, and who was granted what of it.
SELECT s.setconfig::text, NULL FROM pg_catalog.pg_db_role_setting s
JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.setdatabase
WHERE d.datname OPERATOR(pg_catalog.=) %(database)s
UNION ALL
SELECT NULL, d.datacl::text FROM pg_catalog.pg_database d
WHERE d.datname OPERATOR(pg_catalog.=) %(database)s AND d.datacl IS NOT NULL

-- name: alone
-- Whoever asks has this search path before they ask, so that no name in the database stands for another.
SET search_path = pg_catalog

-- name: code
-- Whatever a database has that may run, be run, or let others in; what belongs to extensions, too, for whoever owns one may
-- add to it. Objects of PostgreSQL's own have smaller numbers.
WITH schemas AS (
         SELECT oid, nspname, nspacl FROM pg_namespace
         WHERE left(nspname, 3) <> 'pg_' AND nspname <> 'information_schema'),
     relations AS (SELECT c.* FROM pg_class c JOIN schemas s ON s.oid = c.relnamespace),
     made AS (
         SELECT 'operator' AS kind, oid, oprname::text AS name FROM pg_operator
         UNION ALL SELECT 'cast', oid, castsource::regtype || ' to ' || casttarget::regtype FROM pg_cast
         UNION ALL SELECT 'operator class', oid, opcname FROM pg_opclass
         UNION ALL SELECT 'operator family', oid, opfname FROM pg_opfamily
         UNION ALL SELECT 'access method', oid, amname FROM pg_am
         UNION ALL SELECT 'collation', oid, collname FROM pg_collation
         UNION ALL SELECT 'conversion', oid, conname FROM pg_conversion
         UNION ALL SELECT 'text search configuration', oid, cfgname FROM pg_ts_config
         UNION ALL SELECT 'text search dictionary', oid, dictname FROM pg_ts_dict
         UNION ALL SELECT 'text search parser', oid, prsname FROM pg_ts_parser
         UNION ALL SELECT 'text search template', oid, tmplname FROM pg_ts_template
         UNION ALL SELECT 'language', oid, lanname FROM pg_language
         UNION ALL SELECT 'foreign data wrapper', oid, fdwname FROM pg_foreign_data_wrapper
         UNION ALL SELECT 'foreign server', oid, srvname FROM pg_foreign_server
         UNION ALL SELECT 'publication', oid, pubname FROM pg_publication
         UNION ALL SELECT 'transform', oid, oid::text FROM pg_transform
         UNION ALL SELECT 'event trigger', oid, evtname FROM pg_event_trigger
         UNION ALL SELECT 'statistics', oid, stxname FROM pg_statistic_ext
         UNION ALL SELECT 'large object', oid, oid::text FROM pg_largeobject_metadata)
SELECT 'schema' AS kind, nspname::text AS name, coalesce(nspacl::text, '') AS text FROM schemas
UNION ALL
SELECT 'extension', extname, extversion FROM pg_extension
UNION ALL
SELECT 'function', p.oid::regprocedure::text,
       CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) ELSE p.prokind::text END
FROM pg_proc p WHERE p.oid >= 16384
UNION ALL
SELECT 'grant', oid::regprocedure::text, proacl::text FROM pg_proc WHERE oid >= 16384 AND proacl IS NOT NULL
UNION ALL
SELECT 'type', t.oid::regtype::text, t.typtype::text FROM pg_type t
WHERE t.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid)
  AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
UNION ALL
SELECT 'trigger', tgname, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'rule', rulename, pg_get_ruledef(oid) FROM pg_rewrite WHERE oid >= 16384
UNION ALL
SELECT 'view or foreign table', relname, relkind::text FROM relations WHERE relkind IN ('v', 'm', 'f', 'p')
UNION ALL
SELECT 'policy', c.relname, p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
UNION ALL
SELECT 'policy', relname, 'row security' FROM relations WHERE relrowsecurity OR relforcerowsecurity
UNION ALL
SELECT 'grant', c.relname, acl
FROM relations c, LATERAL (SELECT c.relacl::text AS acl UNION ALL
                           SELECT attacl::text FROM pg_attribute WHERE attrelid = c.oid) AS granted
WHERE acl IS NOT NULL
UNION ALL
SELECT 'grant', 'what is made later', defaclacl::text FROM pg_default_acl
UNION ALL
SELECT 'default', '', pg_get_expr(adbin, adrelid) FROM pg_attrdef
UNION ALL
SELECT 'constraint', '', pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype IN ('c', 'x', 't') AND oid >= 16384
UNION ALL
SELECT 'index', '', coalesce(pg_get_expr(indexprs, indrelid), '') || ' where '
       || coalesce(pg_get_expr(indpred, indrelid), '')
FROM pg_index WHERE (indexprs IS NOT NULL OR indpred IS NOT NULL) AND indexrelid >= 16384
UNION ALL
SELECT kind, name, '' FROM made WHERE oid >= 16384

-- name: may_make_roles
SELECT rolsuper OR rolcreaterole, rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user

-- name: has_role
SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = %(role)s)

-- name: make_role
CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT PASSWORD {verifier}

-- name: be_member
GRANT {role} TO CURRENT_USER

-- name: drop_role
DROP ROLE {role}

-- name: give_database
ALTER DATABASE {database} OWNER TO {role}

-- name: make_vectors
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN CREATE EXTENSION IF NOT EXISTS vector; END IF;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$

-- name: take_over
REASSIGN OWNED BY {role} TO CURRENT_USER

-- name: drop_owned
DROP OWNED BY {role}

-- name: forget_access
-- Keys, sessions and addresses are of the installation that they were made for, and a backup has none of its own.
TRUNCATE access_keys, access_sessions, access_limits, file_addresses, workers
