-- Figures over time: a row for each moment, in it all that was known then. The number of a figure is its place in the
-- arrays; NULL where it could not be read. Most of them are 0 for most of the time, and arrays shrink to a fraction.
CREATE TABLE metric_names (
    id   smallint PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE metric_samples (
    at    timestamptz PRIMARY KEY,       -- by this server's clock, as all times here
    value real[] NOT NULL
) WITH (toast_tuple_target = 128);

-- `at` is the beginning of the minute or hour. Of a figure that nobody could read in it, all four are NULL.
CREATE TABLE metric_minutes (
    at      timestamptz PRIMARY KEY,
    average real[] NOT NULL,
    least   real[] NOT NULL,
    most    real[] NOT NULL,
    last    real[] NOT NULL
) WITH (toast_tuple_target = 128);

ALTER TABLE metric_samples ALTER COLUMN value SET STORAGE MAIN;
ALTER TABLE metric_minutes
    ALTER COLUMN average SET STORAGE MAIN,
    ALTER COLUMN least SET STORAGE MAIN,
    ALTER COLUMN most SET STORAGE MAIN,
    ALTER COLUMN last SET STORAGE MAIN;

CREATE TABLE metric_hours (LIKE metric_minutes INCLUDING ALL) WITH (toast_tuple_target = 128);

-- Seconds of CPU that a process has taken since it began.
ALTER TABLE workers ADD COLUMN cpu double precision NOT NULL DEFAULT 0;
