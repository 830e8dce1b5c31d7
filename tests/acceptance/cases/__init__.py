"""Small dumps that are odd in one way each, and what is right to make of them."""
