-- name: page
-- Of what matches so many rows as are sorted at most, in the order of a column; the key tells rows of one value apart.
SELECT * FROM ({statement}) AS listed
WHERE %(begins)s::boolean OR CASE
    WHEN %(value)s::{kind} IS NULL THEN {column} IS NULL AND {key} {beyond} %(key)s::{key_kind}
    ELSE {column} IS NULL OR ({column}, {key}) {beyond} (%(value)s::{kind}, %(key)s::{key_kind}) END
ORDER BY {column} {way} NULLS LAST, {key} {way} LIMIT %(page)s
