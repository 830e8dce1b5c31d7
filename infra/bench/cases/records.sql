-- name: hub_artist
INSERT INTO artists (id, hash, dump, name, data)
SELECT %(id)s, hash, dump, 'Nearly everybody', jsonb_build_object('id', %(id)s::bigint, 'name', 'Nearly everybody')
FROM artists LIMIT 1

-- name: hub_label
INSERT INTO labels (id, hash, dump, name, data)
SELECT %(id)s, hash, dump, 'Nearly everything', jsonb_build_object('id', %(id)s::bigint, 'name', 'Nearly everything')
FROM labels LIMIT 1

-- name: name_hubs
UPDATE releases SET data = data || jsonb_build_object(
    'artists', coalesce(data -> 'artists', '[]')
               || jsonb_build_array(jsonb_build_object('id', %(id)s::bigint, 'name', 'Nearly everybody')),
    'labels', coalesce(data -> 'labels', '[]')
              || jsonb_build_array(jsonb_build_object('id', %(id)s::bigint, 'name', 'Nearly everything', 'catno', 'N ' || id)))
WHERE id IN (SELECT id FROM releases ORDER BY hashint8(id), id LIMIT %(releases)s)

-- name: drawn_{entity}
-- for each {entity}: artists, labels, masters, releases
SELECT id FROM {entity} WHERE id <> %(hub)s ORDER BY hashint8(id), id LIMIT %(drawn)s

-- name: largest_artists
SELECT id FROM degrees JOIN artists USING (id) WHERE entity = 1 AND id <> %(hub)s ORDER BY degree DESC, id LIMIT %(largest)s

-- name: largest_labels
SELECT id FROM degrees JOIN labels USING (id) WHERE entity = 2 AND id <> %(hub)s ORDER BY degree DESC, id LIMIT %(largest)s

-- name: largest_masters
SELECT id FROM degrees JOIN masters USING (id) WHERE entity = 3 ORDER BY degree DESC, id LIMIT %(largest)s

-- name: largest_releases
SELECT id FROM releases ORDER BY length(data::text) DESC, id LIMIT %(largest)s
