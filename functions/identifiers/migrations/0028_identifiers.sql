-- What a release can be looked up by; made from its document by functions/identifiers/release_identifiers.py. A key is
-- the letter of its kind and the identifier in normal form. In the order of bytes, keys that begin alike stand together.
CREATE TABLE identifiers (
    release bigint NOT NULL,
    key     text COLLATE "C" NOT NULL
);

CREATE INDEX identifiers_key ON identifiers (key, release);
CREATE INDEX identifiers_release ON identifiers (release);
