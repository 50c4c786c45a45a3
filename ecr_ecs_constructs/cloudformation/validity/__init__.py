"""Templates as they are written, against what CloudFormation takes: schemas of resource types, forms of functions."""
