"""What changes while somebody looks: the socket of the operations page, and events as they come."""
