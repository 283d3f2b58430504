"""Edits of messages within Discord's limits: a queue for each bucket, and a route for each age."""
