"""What the local Discord knows: members, channels, messages, commands, files and permissions."""
