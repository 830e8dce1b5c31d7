"""What is made from documents beside the graph: rows of narrow tables, batch by batch, after a run.

A pass reads each new or changed document once and hands it to every derivation that is made from it. A derivation keeps
neither a run from being done nor another derivation from its rows; it has attempts and dead letters of its own.
"""
