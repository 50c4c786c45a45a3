"""The first start of a container instance: its user data, read up to where the ECS agent registers."""
