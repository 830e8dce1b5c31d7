"""Narrow facts of records, for what counts, filters and compares them without reading documents."""
