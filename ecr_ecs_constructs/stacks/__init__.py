"""The reference apps: their stacks, to deploy, to read and to subclass."""
