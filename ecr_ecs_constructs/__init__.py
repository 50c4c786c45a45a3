"""Containers from Amazon ECR on Amazon ECS whose pulls are proven before they are deployed."""
