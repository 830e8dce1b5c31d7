-- Secondary indexes, and nothing else: a first load drops them and builds them at its end from this very file, and so
-- does any later run that finds one missing. One statement each, each of which may run again.

-- Titles can be longer than a B-tree row may be; left() keeps the index safe.
CREATE INDEX IF NOT EXISTS artists_name   ON artists  (left(name, 200));
CREATE INDEX IF NOT EXISTS labels_name    ON labels   (left(name, 200));
CREATE INDEX IF NOT EXISTS masters_title  ON masters  (left(title, 200));
CREATE INDEX IF NOT EXISTS releases_title ON releases (left(title, 200));
CREATE INDEX IF NOT EXISTS masters_year   ON masters  (year);
CREATE INDEX IF NOT EXISTS releases_year  ON releases (year);
CREATE INDEX IF NOT EXISTS releases_country ON releases (country);
CREATE INDEX IF NOT EXISTS releases_master ON releases (((data ->> 'master_id')::bigint));

CREATE INDEX IF NOT EXISTS artists_words  ON artists  USING gin (to_tsvector('simple', plain_text(name)));
CREATE INDEX IF NOT EXISTS labels_words   ON labels   USING gin (to_tsvector('simple', plain_text(name)));
CREATE INDEX IF NOT EXISTS masters_words  ON masters  USING gin (to_tsvector('simple', plain_text(title)));
CREATE INDEX IF NOT EXISTS releases_words ON releases USING gin (to_tsvector('simple', plain_text(title)));

CREATE INDEX IF NOT EXISTS artists_letters  ON artists  USING gin (plain_text(name)  gin_trgm_ops);
CREATE INDEX IF NOT EXISTS labels_letters   ON labels   USING gin (plain_text(name)  gin_trgm_ops);
CREATE INDEX IF NOT EXISTS masters_letters  ON masters  USING gin (plain_text(title) gin_trgm_ops);
CREATE INDEX IF NOT EXISTS releases_letters ON releases USING gin (plain_text(title) gin_trgm_ops);

CREATE INDEX IF NOT EXISTS masters_genres  ON masters  USING gin (genres, styles);
CREATE INDEX IF NOT EXISTS releases_genres ON releases USING gin (genres, styles);
CREATE INDEX IF NOT EXISTS releases_labels ON releases USING gin ((data -> 'labels') jsonb_path_ops);
