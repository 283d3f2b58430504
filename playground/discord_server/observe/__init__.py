"""What tests and the panel watch and break: the log of requests, and faults."""
