"""Who did what on which record: by record, by person, by two of them, and by who has a role most often."""
