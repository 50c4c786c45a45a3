"""The policies of roles, repositories and registries, and what they let a role do."""
