"""What every part of the local Discord is built on: JSON, clock, errors, limits."""
