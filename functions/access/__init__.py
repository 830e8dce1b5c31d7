"""Who may do what: keys, one-time tokens and sessions."""
