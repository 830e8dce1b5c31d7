"""Answers that are kept in the cache for whoever asks the same again."""
