"""What changed from month to month: ids that came, changed and went, and the fields of those that changed."""
