// name: add_empty_roles
UNWIND $pairs AS pair
MATCH (r:Release {id: pair[1]})<-[e:CREDITED_ON]-(:Artist {id: pair[0]})
SET e.roles = []
