"""The demonstration: the reference app, deployed to an embedded AWS by the real CDK command line."""
