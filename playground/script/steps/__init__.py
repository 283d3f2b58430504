"""The steps of a scenario, with the ways to write them."""
