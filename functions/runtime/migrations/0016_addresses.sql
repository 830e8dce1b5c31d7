-- Where files of a run are to be fetched from, with password or signature; `files.location` has what may be shown. A row
-- goes with its file's arrival, or when the next run begins.
CREATE TABLE file_addresses (
    run     bigint NOT NULL,
    entity  text NOT NULL,
    address text NOT NULL,
    PRIMARY KEY (run, entity)
);
INSERT INTO file_addresses SELECT run, entity, location FROM files JOIN runs ON runs.id = run
WHERE runs.state IN ('running', 'paused') AND files.state = 'listed' AND location ~ '://[^/\s]*@';
UPDATE files SET location = regexp_replace(location, '(\w://)[^/\s]*@', '\1***@') WHERE location ~ '\w://[^/\s]*@';
UPDATE runs SET source = regexp_replace(source, '(\w://)[^/\s]*@', '\1***@') WHERE source ~ '\w://[^/\s]*@';
UPDATE runs SET reason = regexp_replace(reason, '(\w://)[^/\s"]*@', '\1***@', 'g') WHERE reason ~ '\w://[^/\s"]*@';
UPDATE events SET detail = regexp_replace(detail::text, '(\w://)[^/\s"]*@', '\1***@', 'g')::jsonb
WHERE detail::text ~ '\w://[^/\s"]*@';
