"""Jobs and what they need: queue, credits, limits, faults, prompts and records."""
