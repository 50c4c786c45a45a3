"""The parts of networks that Amazon EC2 refuses to make."""
