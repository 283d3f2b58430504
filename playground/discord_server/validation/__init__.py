"""What Discord accepts, and how it words what it does not."""
