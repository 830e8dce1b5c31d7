"""Search entries: what a record is found by, how well known it is, and what it is filtered by."""
