"""Flags of Midjourney: the table of all, how one is marked and named in a prompt."""
