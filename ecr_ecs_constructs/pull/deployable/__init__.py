"""Refusals of CloudFormation and Amazon ECS: task definitions and tasks that no deployment makes."""
