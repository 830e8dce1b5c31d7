"""Genres and styles: when, where and by whom, what goes together, and places to begin."""
