"""Pictures: painted from words, or made from input pictures."""
