"""Identifiers of releases in a normal form: barcodes, catalogue numbers, matrix numbers and the like."""
