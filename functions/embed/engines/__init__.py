"""What makes vectors of texts: engines behind one interface, imported when they are first asked."""
