"""The reference app: its stacks, to deploy, to read and to subclass."""
