-- name: every
AND facets @> %(every)s::integer[]

-- name: any
AND facets && %(any_0)s::integer[]

-- name: none
AND NOT facets && %(none)s::integer[]

-- name: releases
AND entity = 4 AND id = ANY(%(releases)s::bigint[])
