"""A reference app, checked by the AWS Solutions rules of cdk-nag."""

from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from ecr_ecs_constructs.stacks.reference import reference_app

app = reference_app()
Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
