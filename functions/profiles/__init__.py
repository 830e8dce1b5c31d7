"""What genres, styles and labels with many releases are told by: counts over the facts of all releases."""
