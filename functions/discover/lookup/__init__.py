"""Releases by an identifier that they bear: a barcode, a catalogue number, a matrix number and the like."""
