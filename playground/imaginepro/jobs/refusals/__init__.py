"""What the service and Midjourney refuse of a prompt."""
