"""What a container instance runs at its first start, before the ECS agent registers."""
