"""How a request body becomes a message."""
