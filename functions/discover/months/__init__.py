"""What each month has added, changed and removed, for people: counted, with names, field by field."""
