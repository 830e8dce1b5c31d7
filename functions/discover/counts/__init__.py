"""Counts as they are shown: labels with the names that people know them by."""
