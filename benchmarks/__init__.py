"""Benchmarks that compare bots in the same run."""
