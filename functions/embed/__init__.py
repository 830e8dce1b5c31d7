"""Vectors: what a record means as a text, that text as a vector, and the vectors in PostgreSQL."""
