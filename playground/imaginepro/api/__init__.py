"""The HTTP side of the simulated API: endpoints, keys, pictures and the control endpoints."""
