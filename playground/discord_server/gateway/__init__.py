"""The gateway: connections, sessions and events."""
