"""What the operations page and `status` show: how things are, why nothing moves, what needs a person."""
