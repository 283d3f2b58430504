"""Requests to Discord: never cancelled, repeated while it is away, and watched for silence."""
