-- Who may do what. A secret is 256 random bits, of which only the SHA-256 lies here: what is random needs no slow digest.
CREATE TABLE access_keys (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL,
    access_right text NOT NULL CHECK (access_right IN ('read', 'operate', 'admin')),
    digest       bytea NOT NULL,
    made_at      timestamptz NOT NULL DEFAULT now(),
    made_by      text NOT NULL,
    used_at      timestamptz,              -- to within an hour
    expires_at   timestamptz,
    revoked_at   timestamptz
);
-- One that counts has its name for itself.
CREATE UNIQUE INDEX access_keys_name ON access_keys (name) WHERE revoked_at IS NULL;

-- A one-time token, and the session that it was exchanged for; a session that began with a key has that in key.
CREATE TABLE access_sessions (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    access_right text NOT NULL CHECK (access_right IN ('read', 'operate', 'admin')),
    digest       bytea,                    -- of the token; NULL where a key was given
    key          bigint REFERENCES access_keys,
    made_at      timestamptz NOT NULL DEFAULT now(),
    made_by      text NOT NULL,
    expires_at   timestamptz,              -- until when the token can be exchanged
    begun_at     timestamptz,              -- when it was
    ends_at      timestamptz,              -- when the session ends
    left_at      timestamptz,              -- signed out
    CHECK (digest IS NOT NULL OR key IS NOT NULL)
);
CREATE INDEX access_sessions_made_at ON access_sessions (made_at);

-- Token buckets of the limits, where the broker is no Valkey. A crash of the server fills them all: no harm.
CREATE UNLOGGED TABLE access_limits (
    name    text PRIMARY KEY,              -- of what is limited
    tokens  double precision NOT NULL,
    granted integer NOT NULL,              -- by the last statement
    at      timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX access_limits_at ON access_limits (at);
