"""Prompts as people type them: other dashes, colons and commas, punctuation behind a URL, flags that came apart."""
