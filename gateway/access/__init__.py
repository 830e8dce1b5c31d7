"""Who asks, and whether they may: sessions, rights, limits."""
