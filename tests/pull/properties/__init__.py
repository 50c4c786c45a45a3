"""The table of properties: made from CloudFormation's schema, and from what someone has said of each."""
