"""The networks of tasks and container instances, and the ways out of them."""
