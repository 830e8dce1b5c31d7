"""What the page of a record shows: a read function for each kind, and what all of them share."""
