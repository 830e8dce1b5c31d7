"""Records that are kept and not shown."""
