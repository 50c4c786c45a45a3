"""What the policies of IAM, of repositories and of registries let a role do."""
