"""Backup of the documents and the ledger by PostgreSQL's own tools, and their restore; the graph is filled again."""
