"""Release links: each artist, label and company that a release names, in what role, readable by who is named."""
