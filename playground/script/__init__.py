"""Written scenarios: text files that are played against the real bot and printed as transcripts."""
