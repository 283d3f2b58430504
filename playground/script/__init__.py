"""Written scenarios: a text file that is played against the real bot, and told as a transcript."""
