"""Instance types, and the platforms of tasks and instances."""
