"""From what a member does to what the bot answers."""
