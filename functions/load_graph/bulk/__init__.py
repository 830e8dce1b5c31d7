"""The bulk load: one stage that fills an empty graph with all documents, begun from nothing when it breaks off."""
