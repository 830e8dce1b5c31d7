"""The crash-point sweep: one process that ends at chosen boundaries, and what the stores hold after it went on."""
