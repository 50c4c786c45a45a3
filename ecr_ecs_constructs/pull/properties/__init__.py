"""The properties of resources: which of them decide whether a task starts."""
