"""Places to start: a few records, genres and styles, drawn from what there is."""
