"""What answers are made of."""
