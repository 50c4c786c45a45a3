"""Where tasks run: clusters, services, capacity and container instances."""
