"""Timings, with a comparison in the same run."""
