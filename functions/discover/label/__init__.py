"""A label: what is above and below it, its releases, and what they are like; what it did as a company."""
