-- Records that are in the stores and shown to nobody. The list outlives a reset and a restore.
CREATE TABLE suppressed (
    entity        text NOT NULL CHECK (entity IN ('artists', 'labels', 'masters', 'releases')),
    id            bigint NOT NULL,
    reason        text,
    suppressed_by text NOT NULL,
    suppressed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (entity, id)
);
