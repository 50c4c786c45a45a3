"""The networks as the templates say them: VPCs, subnets, route tables, gateways, VPC endpoints, security groups.

A question that has a reason gives an `Answer`: true or false where the templates decide it, else None. Its words name
the fact that decides it, or the one that is missing, and fit behind "no way to ecr.dkr from Subnet: ".
"""
