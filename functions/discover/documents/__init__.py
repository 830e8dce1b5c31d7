"""Documents by their id."""
