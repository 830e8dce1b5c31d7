-- What each month changed. One row for a record and a month: from how it stood before the month to how it was left.
CREATE TABLE changes (
    entity text NOT NULL,
    id     bigint NOT NULL,
    dump   date NOT NULL,
    kind   text NOT NULL CHECK (kind IN ('added', 'changed', 'removed')),
    patch  jsonb,  -- changed: the differences. removed: those to its tombstone, if the same month had changed it first
    PRIMARY KEY (entity, id, dump)
);
CREATE INDEX changes_by_month ON changes (dump, entity, id) INCLUDE (kind);

-- The month an entity's history starts with: its first load. All that this month brought counts as added in it, and has
-- no rows. Until a load has come to its end, another month's load takes its place.
CREATE TABLE baselines (
    entity  text PRIMARY KEY,
    dump    date NOT NULL,
    settled boolean NOT NULL DEFAULT false
);

-- Stores older than their history: it starts with what they hold.
INSERT INTO baselines
SELECT entity, max(dump), true
FROM (SELECT 'artists' AS entity WHERE EXISTS (SELECT FROM artists)
      UNION ALL SELECT 'labels' WHERE EXISTS (SELECT FROM labels)
      UNION ALL SELECT 'masters' WHERE EXISTS (SELECT FROM masters)
      UNION ALL SELECT 'releases' WHERE EXISTS (SELECT FROM releases)) AS filled, runs
WHERE runs.dump IS NOT NULL
GROUP BY entity;
