"""CloudFormation templates: found, loaded, and evaluated as far as they can be known before deployment."""
