# ruff: noqa: E501 - in a table, a case is a line
"""What a task needs before its process starts, besides the pull of its image: permission, and that it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.pull.needs.need import Nothing
from ecr_ecs_constructs.rules.catalogue import BY_ID
from tests.judging import ECR, findings, line, write

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.mark import ParameterSet

RULES = tuple(
    BY_ID[name]
    for name in ("missing-start-permission", "unverifiable-start", "missing-execution-role", "unassumable-role", "unverifiable-role", "unusable-start-key")
)  # fmt: skip
HERE = "aws://123456789012/us-east-1"
ACCOUNT = "us-east-1:123456789012"
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
PULL = '{Effect: Allow, Action: "ecr:*", Resource: "*"}'
AT = "Task.Properties.ContainerDefinitions[0]"
TRUST = "{Statement: [{Effect: Allow, Principal: {Service: %s.amazonaws.com}, Action: 'sts:AssumeRole'}]}"


def allow(action: str, resource: str, more: str = "") -> str:
    return f'{{Effect: Allow, Action: "{action}", Resource: {resource}{more}}}'


def template(
    container: str, *statements: str, more: str = "", task: str = "", managed: str = EXECUTION, trust: str = "ecs-tasks"
) -> str:
    """A task of one container for Fargate, by an execution role with the managed policy and some statements."""
    return f"""
Parameters: {{Secret: {{Type: String}}, Flag: {{Type: String, AllowedValues: ["true", "false"]}}, Name: {{Type: String}}}}
Conditions: {{On: !Equals [!Ref Flag, "true"]}}
Resources:
  Execution:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {TRUST % trust}
      ManagedPolicyArns: [{managed}]
      Policies: [{{PolicyName: Own, PolicyDocument: {{Version: "2012-10-17", Statement: [{", ".join((PULL, *statements))}]}}}}]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      ExecutionRoleArn: !GetAtt Execution.Arn
      {task}
      ContainerDefinitions: [{{Name: web, Image: "{ECR}/app:1", {container}}}]
{more}
"""


def secret(value: str) -> str:
    return f"Secrets: [{{Name: DB, ValueFrom: {value}}}]"


def resource(name: str, type_: str, properties: str = "{}") -> str:
    return f"  {name}: {{Type: {type_}, Properties: {properties}}}\n"


DB = resource("Db", "AWS::SecretsManager::Secret")
NAMED = resource("Db", "AWS::SecretsManager::Secret", "{Name: prod/db}")
GENERATED = resource(
    "Db",
    "AWS::SecretsManager::Secret",
    """{GenerateSecretString: {SecretStringTemplate: '{"user": "me"}', GenerateStringKey: password}}""",
)
ATTACHED = resource("Attached", "AWS::SecretsManager::SecretTargetAttachment", "{SecretId: !Ref Db}")
PARAMETER = resource("Db", "AWS::SSM::Parameter", "{Name: /app/db, Type: String, Value: a}")
ALIAS = resource("Alias", "AWS::KMS::Alias", "{AliasName: alias/own, TargetKeyId: !Ref Key}")
OTHER = resource("Other", "AWS::SecretsManager::Secret")
READ = "secretsmanager:GetSecretValue"
SECRETS = f"arn:aws:secretsmanager:{ACCOUNT}:secret"
PARAMETERS = f"arn:aws:ssm:{ACCOUNT}:parameter"
KMS = resource(
    "Key",
    "AWS::KMS::Key",
    "{KeyPolicy: {Statement: [{Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}, Action: 'kms:*', Resource: '*'}]}}",
)
CLOSED = KMS.replace("{AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}", "{Service: lambda.amazonaws.com}")
BOUND = KMS.replace(
    "Resource: '*'}", "Resource: '*', Condition: {ArnEquals: {'aws:PrincipalArn': !GetAtt Execution.Arn}}}"
)
LOCKED = resource("Db", "AWS::SecretsManager::Secret", "{KmsKeyId: !GetAtt Key.Arn}")
BUCKET = resource("Files", "AWS::S3::Bucket")
OWN_KEY = resource(
    "Files",
    "AWS::S3::Bucket",
    "{BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: 'aws:kms', KMSMasterKeyID: !GetAtt Key.Arn}}]}}",
)
ENV = "EnvironmentFiles: [{Type: s3, Value: !Sub '${Files.Arn}/app.env'}]"
GROUP = resource("Group", "AWS::Logs::LogGroup")
NAMED_GROUP = resource("Group", "AWS::Logs::LogGroup", "{LogGroupName: /ecs/app}")
LOG_GROUP = f"arn:aws:logs:{ACCOUNT}:log-group"


def logs(group: str = "!Ref Group", more: str = "") -> str:
    return f"LogConfiguration: {{LogDriver: awslogs, Options: {{awslogs-group: {group}, awslogs-region: us-east-1{more}}}}}"


def lacks(actions: str, need: str) -> str:
    return f"missing-start-permission {AT}: execution role Execution lacks {actions}, which container 'web' needs for {need}"


def unsure(what: str) -> str:
    return f"unverifiable-start? {AT}: container 'web': cannot verify that {what}"


def unusable(need: str, why: str) -> str:
    return f"unusable-start-key {AT}: container 'web': {need} does not work: {why}"


def logged(service: str = "logs.us-east-1.amazonaws.com", action: str = "kms:*", more: str = "") -> str:
    """The key with a statement that lets a service in."""
    let_in = f"{{Effect: Allow, Principal: {{Service: {service}}}, Action: '{action}', Resource: '*'{more}}}"
    return KMS.replace("Resource: '*'}]", f"Resource: '*'}}, {let_in}]")


LOCKED_GROUP = resource("Group", "AWS::Logs::LogGroup", "{KmsKeyId: !GetAtt Key.Arn}")
CONTEXT = "kms:EncryptionContext:aws:logs:arn"
SHUT_OUT = unusable(
    "its log group", "no statement of the policy of key Key lets logs.us-east-1.amazonaws.com encrypt by it"
)
NEEDS_SECRET = lacks(READ, "its secret DB")
NO_SECRET = unsure(f"execution role Execution has {READ} for its secret DB")
NO_PARAMETER = unsure("execution role Execution has ssm:GetParameters for its secret DB: it may where the account is")
MASTER = resource(
    "Base",
    "AWS::RDS::DBInstance",
    "{ManageMasterUserPassword: true, MasterUserSecret: {KmsKeyId: !GetAtt Key.Arn}}",
)
NO_LOGS = lacks("logs:CreateLogStream and logs:PutLogEvents", "its log driver awslogs")
NO_GROUP = unsure("its log group is there: log group /ecs/app is not in the templates")
NO_DOMAIN = unsure("its credential specification is there: its domain is not in the templates")
JOB = "Job.Properties.ContainerProperties"


def trusting(condition: str) -> str:
    trust = TRUST.replace("}]}", f", Condition: {{{condition}}}}}]}}") % "ecs-tasks"
    return template(
        "", task=TASK_ROLE, more=resource("Role", "AWS::IAM::Role", f"{{AssumeRolePolicyDocument: {trust}}}")
    )


def untrusted(keys: str) -> str:
    return (
        "unassumable-role Role.Properties.AssumeRolePolicyDocument: task role Role can't be assumed: "
        f"statement 1 of its trust policy asks for {keys} in a way that ecs-tasks.amazonaws.com never meets"
    )


def connected(connect: str, cluster: str, more: str = "") -> str:
    """A service with Service Connect, its cluster and more."""
    on = f"ServiceConnectConfiguration: {{Enabled: true, {connect}}}"
    network = "NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [a]}}"
    service = f"{{Cluster: !Ref Cluster, TaskDefinition: !Ref Task, LaunchType: FARGATE, {network}, {on}}}"
    of_cluster = resource("Cluster", "AWS::ECS::Cluster", f"{{{cluster}}}")
    return of_cluster + resource("Service", "AWS::ECS::Service", service) + more


SPACE = resource("Space", "AWS::ServiceDiscovery::HttpNamespace", "{Name: shop}")
TLS = "Services: [{PortName: web, Tls: {RoleArn: !GetAtt Tls.Arn, IssuerCertificateAuthority: {AwsPcaAuthorityArn: !Ref Name}}}]"
TLS_POLICY = (
    "arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity"
)
NO_CERTIFICATE = unsure(
    "the certificate of Service Connect is there: whether certificate authority ${Name} issues certificates is not read"
)


def no_namespace(why: str) -> str:
    return unsure(f"the namespace of Service Connect is there: {why}")


def sent(driver: str, options: str) -> str:
    return f"LogConfiguration: {{LogDriver: {driver}, Options: {{{options}}}}}"


def target(driver: str, why: str) -> str:
    return unsure(f"the target of its log driver {driver} is there: {why}")


def driver(name: str, why: str) -> str:
    return unsure(f"its log driver {name} is there: {why}")


def spec(value: str) -> str:
    return f"CredentialSpecs: [{value}]"


def job(more: str = "") -> str:
    container = f"{{Image: '{ECR}/app:1', ExecutionRoleArn: !GetAtt Execution.Arn{more}}}"
    return resource(
        "Job",
        "AWS::Batch::JobDefinition",
        f"{{Type: container, PlatformCapabilities: [FARGATE], ContainerProperties: {container}}}",
    )


CREATE = ", awslogs-create-group: 'true'"
TASK_ROLE = "TaskRoleArn: !GetAtt Role.Arn"


def case(source: str, *expected: str, id: str) -> ParameterSet:
    return pytest.param(source, expected, id=id)


CASES = [
    case(template(""), id="nothing needed"),
    # secrets
    case(template(secret("!Ref Db"), managed="arn:aws:iam::aws:policy/AmazonPollyFullAccess", more=DB), NEEDS_SECRET, id="managed policy of another service"),
    case(template(secret("!Ref Db"), more=DB), NEEDS_SECRET, id="secret without permission"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), more=DB), id="secret by its reference"),
    case(template(secret("!Sub '${Db}:password::'"), allow(READ, "!Ref Db"), more=DB), unsure("its secret DB is there: the templates give the value of Db no key password"), id="secret with a key"),
    case(template(secret("!Sub '${Db}:password:AWSCURRENT:'"), more=DB), NEEDS_SECRET, unsure("its secret DB is there: the templates give the value of Db no key password"), id="secret with key and stage, without permission"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Other"), more=DB + OTHER), NEEDS_SECRET, id="permission for another secret"),
    case(template(secret('!Sub "${Db}:password::"'), allow(READ, "!Ref Db"), more=GENERATED), id="key that is generated"),
    case(template(secret('!Sub "${Db}:user::"'), allow(READ, "!Ref Db"), more=GENERATED), id="key that stands in the template of what is generated"),
    case(template(secret('!Sub "${Db}:pass::"'), allow(READ, "!Ref Db"), more=GENERATED), unsure("its secret DB is there: the templates give the value of Db no key pass"), id="key that is not generated"),
    case(template(secret('!Sub "${Db}:a::"'), allow(READ, "!Ref Db"), more=DB.replace("{}", "{SecretString: '{\"a\": \"b\"}'}")), id="key of a value that is written"),
    case(template(secret('!Sub "${Db}:a::"'), allow(READ, "!Ref Db"), more=DB.replace("{}", "{SecretString: a}")), unsure("its secret DB is there: the templates give the value of Db no key a"), id="key of a value that is no JSON"),
    case(template(secret('!Sub "${Db}:a::"'), allow(READ, "!Ref Db"), more=DB.replace("{}", "{SecretString: !Ref Name}")), unsure("its secret DB is there: the templates give the value of Db no key a"), id="key of a value that is not known"),
    case(template(secret('!Sub "${Attached}:host::"'), allow(READ, "!Ref Db"), more=GENERATED + ATTACHED), id="key that an attachment adds"),
    case(template(secret('!Sub "${Attached}:password::"'), allow(READ, "!Ref Db"), more=GENERATED + ATTACHED), id="generated key by an attachment"),
    case(template(secret('!Sub "${Attached}:pass::"'), allow(READ, "!Ref Db"), more=GENERATED + ATTACHED), unsure("its secret DB is there: the templates give the value of Attached no key pass"), id="key that an attachment does not add"),
    case(template(secret('!Sub "${Base.MasterUserSecret.SecretArn}:password::"'), allow(READ, "'*'"), more=resource("Base", "AWS::RDS::DBInstance", "{ManageMasterUserPassword: true}")), id="key of a secret that a database makes"),
    case(template(secret('!Sub "${Db}:password:AWSCURRENT:"'), allow(READ, "!Ref Db"), more=GENERATED), id="current version"),
    case(template(secret('!Sub "${Db}:password:AWSPREVIOUS:"'), allow(READ, "!Ref Db"), more=GENERATED), unsure("its secret DB is there: which version of Db is AWSPREVIOUS is known only at deployment"), id="previous version"),
    case(template(secret('!Sub "${Db}:::0123-4567"'), allow(READ, "!Ref Db"), more=GENERATED), unsure("its secret DB is there: which version of Db is 0123-4567 is known only at deployment"), id="version by its ID"),
    case(template(secret('!Sub "${Db}:password"'), allow(READ, "!Ref Db"), more=GENERATED), unsure("its secret DB is there: :password stands behind its ARN, in place of a key, a stage and a version"), id="key without the colons behind it"),
    case(template(secret('!Sub "${Db}-a"'), allow(READ, "'*'"), more=GENERATED), unsure("its secret DB is there: secret ${Db}-a is not in the templates"), id="more behind the ARN of a secret"),
    case(template(secret("!Ref Db"), allow("ssm:GetParameters", "'*'"), more=PARAMETER), id="parameter of the templates"),
    case(template(secret("/app/db"), allow("ssm:GetParameters", "'*'"), more=PARAMETER), id="parameter of the templates by its name"),
    case(template(secret(f"'{PARAMETERS}/app/db'"), allow("ssm:GetParameters", "'*'"), more=PARAMETER), id="parameter of the templates by its ARN"),
    case(template(secret("!Sub 'arn:aws:ssm:us-east-1:123456789012:parameter${Db}'"), allow("ssm:GetParameters", "'*'"), more=PARAMETER), id="parameter of the templates by an ARN with its name"),
    case(template(secret("/app/db:3"), allow("ssm:GetParameters", "'*'"), more=PARAMETER), unsure("its secret DB is there: parameter /app/db:3 is not in the templates"), id="version of a parameter"),
    case(template(secret(f"'{PARAMETERS}/app/db:3'"), allow("ssm:GetParameters", "'*'"), more=PARAMETER), unsure("its secret DB is there: which version of parameter/app/db is 3 is known only at deployment"), id="version of a parameter by its ARN"),
    case(template(secret("!Ref Db"), allow("ssm:GetParameters", "'*'"), more=PARAMETER.replace("Type: String", "Type: SecureString")), unsure("its secret DB is there: Type of parameter Db is SecureString"), id="parameter of a type that CloudFormation does not make"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), allow("kms:Decrypt", "'*'"), more=LOCKED + KMS.replace("{KeyPolicy", "{Enabled: false, KeyPolicy")), unusable("the key of its secret DB", "Enabled of key Key is false"), id="disabled key of a secret"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), allow("kms:Decrypt", "'*'"), more=LOCKED + KMS.replace("{KeyPolicy", "{KeySpec: RSA_2048, KeyPolicy")), unusable("the key of its secret DB", "KeySpec of key Key is RSA_2048"), id="asymmetric key of a secret"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), allow("kms:Decrypt", "!GetAtt Key.Arn"), more=LOCKED.replace("!GetAtt Key.Arn", "!Ref Alias") + KMS + ALIAS), id="key of a secret by its alias"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), more=LOCKED.replace("!GetAtt Key.Arn", "!Ref Alias") + KMS + ALIAS), lacks("kms:Decrypt", "the key of its secret DB"), id="key of a secret by its alias, without permission"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), more=DB.replace("{}", "{KmsKeyId: alias/aws/secretsmanager}")), id="key of AWS"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), more=DB.replace("{}", "{KmsKeyId: alias/aws/s3}")), unsure("execution role Execution may use the key of its secret DB"), unsure("the key of its secret DB is there: key alias/aws/s3"), id="key of AWS for another service"),
    case(template(secret("!Ref Db"), allow(READ, f"'{SECRETS}:*'"), more=DB), id="secret by all secrets of the region"),
    case(template(secret("!Ref Db"), allow(READ, f"'{SECRETS}:prod/*'"), more=NAMED), id="secret by the start of its name"),
    case(template(secret("!Ref Db"), allow(READ, f"'{SECRETS}:test/*'"), more=NAMED), NEEDS_SECRET, id="secret by the start of another name"),
    case(template(secret("!Ref Db"), allow(READ, f"'{SECRETS}:prod/db-??????'"), more=NAMED), id="secret by its name and six characters"),
    case(template(secret("!Ref Db"), allow(READ, f"'{SECRETS}:prod/db'"), more=NAMED), NEEDS_SECRET, id="secret by its name alone"),
    case(template(secret(f"'{SECRETS}:prod/db'"), allow(READ, "!Ref Db"), more=NAMED), id="secret of the templates named by an incomplete ARN"),
    case(template(secret(f"'{SECRETS}:prod/db'"), allow(READ, f"'{SECRETS}:prod/db-??????'")), unsure("its secret DB is there: secret prod/db is not in the templates"), id="incomplete ARN, six characters"),
    case(template(secret(f"'{SECRETS}:prod/db'"), allow(READ, f"'{SECRETS}:prod/db*'")), unsure("its secret DB is there: secret prod/db is not in the templates"), id="incomplete ARN, wildcard"),
    case(template(secret(f"'{SECRETS}:prod/db:key::'"), allow(READ, f"'{SECRETS}:prod/db-??????'")), unsure("its secret DB is there: secret prod/db is not in the templates"), id="incomplete ARN with a key"),
    case(template(secret(f"'{SECRETS}:prod/db'"), allow(READ, f"'{SECRETS}:prod/db'")), NEEDS_SECRET, unsure("its secret DB is there: secret prod/db is not in the templates"), id="incomplete ARN in the policy too"),
    case(template(secret(f"'{SECRETS}:prod/db-AbCdEf'"), allow(READ, f"'{SECRETS}:prod/db-AbCdEf'")), unsure("its secret DB is there: secret prod/db-AbCdEf is not in the templates"), id="complete ARN"),
    case(template(secret(f"'{SECRETS}:test-secret'"), allow(READ, f"'{SECRETS}:test-secret-??????'")), NEEDS_SECRET, unsure("its secret DB is there: secret test-secret is not in the templates"), id="name that looks complete"),
    case(template(secret("!Sub 'arn:aws:secretsmanager:us-east-1:123456789012:secret:${Name}'"), allow(READ, "!Sub 'arn:aws:secretsmanager:us-east-1:123456789012:secret:${Name}*'")), unsure("its secret DB is there: secret ${Name} is not in the templates"), id="name by a parameter"),
    case(template(secret("'arn:aws:secretsmanager:us-east-1:999999999999:secret:db-AbCdEf'"), allow(READ, "'*'")), NO_SECRET, unsure("its secret DB is there: secret db-AbCdEf is not in the templates"), id="secret of another account"),
    case(template(secret("!Ref Secret"), allow(READ, "!Ref Secret")), unsure("execution role Execution may use its secret DB: whose ${Secret} is"), id="secret or parameter"),
    case(template(secret("!Ref Secret"), allow(READ, "'*'"), allow("ssm:GetParameters", "'*'")), unsure("execution role Execution may use its secret DB: whose ${Secret} is"), id="secret or parameter, of whatever account"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db", ", Condition: {Bool: {'aws:MultiFactorAuthPresent': true}}"), more=DB), NO_SECRET, id="secret under a condition"),
    case(template(secret("!Ref Db"), allow(READ, "'*'"), "{Effect: Deny, Action: 'secretsmanager:*', Resource: !Ref Db}", more=DB), NEEDS_SECRET, id="secret denied"),
    case(template(secret("!Ref Db"), more=DB + resource("Policy", "AWS::SecretsManager::ResourcePolicy", f"{{SecretId: !Ref Db, ResourcePolicy: {{Statement: [{{Effect: Allow, Principal: {{AWS: !GetAtt Execution.Arn}}, Action: '{READ}', Resource: '*'}}]}}}}")), id="secret by its own policy"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), more=DB + resource("Policy", "AWS::SecretsManager::ResourcePolicy", f"{{SecretId: !Ref Db, ResourcePolicy: {{Statement: [{{Effect: Deny, Principal: '*', Action: '{READ}', Resource: '*'}}]}}}}")), NEEDS_SECRET, id="secret denied by its own policy"),
    case(template(secret("!Ref Link"), allow(READ, "!Ref Db"), more=DB + resource("Link", "AWS::SecretsManager::SecretTargetAttachment", "{SecretId: !Ref Db}")), id="secret by its attachment"),
    case(template(secret("!GetAtt Base.MasterUserSecret.SecretArn"), allow(READ, "!GetAtt Base.MasterUserSecret.SecretArn"), more=resource("Base", "AWS::RDS::DBInstance", "{ManageMasterUserPassword: true}")), id="secret of a database"),
    case(template("LogConfiguration: {LogDriver: splunk, SecretOptions: [{Name: splunk-token, ValueFrom: !Ref Db}]}", more=DB), lacks(READ, "its secret log option splunk-token"), unsure("the target of its log driver splunk is there: it is given no splunk-url"), id="secret of a log driver"),
    case(template("Secrets: [{Name: A, ValueFrom: !Ref Db}, {Name: B, ValueFrom: !Sub '${Db}:b::'}]", more=DB), lacks(READ, "its secret A and its secret B"), unsure("its secret B is there: the templates give the value of Db no key b"), id="two values of one secret"),
    case(template(secret("!GetAtt Base.MasterUserSecret.SecretArn"), allow(READ, "'*'"), more=resource("Base", "AWS::RDS::DBInstance")), unsure("its secret DB is there: Base makes a secret only where ManageMasterUserPassword is true"), id="secret that a database does not make"),
    case(template(secret("!GetAtt Base.MasterUserSecret.SecretArn"), allow(READ, "'*'"), more=MASTER + KMS), lacks("kms:Decrypt", "the key of its secret DB"), id="key of the secret of a database, without permission"),
    case(template(secret("!GetAtt Base.MasterUserSecret.SecretArn"), allow(READ, "'*'"), allow("kms:Decrypt", "'*'"), more=MASTER + KMS), id="key of the secret of a database"),
    case(template(secret("'arn:aws:ssm:eu-west-1:123456789012:parameter/app/db'"), allow("ssm:GetParameters", "'*'"), more=PARAMETER), unsure("its secret DB is there: parameter parameter/app/db is not in the templates"), id="parameter of another region by its ARN"),
    case(template(secret("'arn:aws:ssm:us-east-1:210987654321:parameter/app/db'"), allow("ssm:GetParameters", "'*'"), more=PARAMETER), NO_PARAMETER, unsure("its secret DB is there: parameter parameter/app/db is not in the templates"), id="parameter of another account by its ARN"),
    case(template(logs().replace("us-east-1", "eu-west-1"), more=GROUP), unsure("its log group is there: log group ${Group} is in another region than eu-west-1, to which the driver writes"), id="log group of another region"),
    # keys
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), more=LOCKED + KMS), lacks("kms:Decrypt", "the key of its secret DB"), id="key without permission"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), allow("kms:Decrypt", "!GetAtt Key.Arn"), more=LOCKED + KMS), id="key"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), allow("kms:Decrypt", "!GetAtt Key.Arn", ", Condition: {StringEquals: {'kms:ViaService': secretsmanager.us-east-1.amazonaws.com}}"), more=LOCKED + KMS), id="key by way of Secrets Manager"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), allow("kms:Decrypt", "!GetAtt Key.Arn"), more=LOCKED + CLOSED), lacks("kms:Decrypt", "the key of its secret DB"), id="key whose policy leaves nothing to roles"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), allow("kms:Decrypt", "!GetAtt Key.Arn"), more=LOCKED + BOUND), id="key whose policy leaves this role to its account"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), more=DB.replace("{}", "{KmsKeyId: alias/aws/secretsmanager}")), id="key of AWS"),
    case(template(secret("!Ref Db"), allow(READ, "!Ref Db"), more=DB.replace("{}", "{KmsKeyId: alias/own}")), unsure("execution role Execution may use the key of its secret DB"), unsure("the key of its secret DB is there: key alias/own"), id="key that is not in the templates"),
    # parameters
    case(template(secret("app/db")), lacks("ssm:GetParameters", "its secret DB"), unsure("its secret DB is there: parameter app/db is not in the templates"), id="parameter without permission"),
    case(template(secret("/app/db"), allow("ssm:GetParameters", f"'{PARAMETERS}/app/*'")), unsure("its secret DB is there: parameter /app/db is not in the templates"), id="parameter by its name"),
    case(template(secret(f"'{PARAMETERS}/app/db'"), allow("ssm:GetParameters", f"'{PARAMETERS}/app/db'")), unsure("its secret DB is there: parameter /app/db is not in the templates"), id="parameter by its ARN"),
    case(template(secret("!Ref Db"), allow("ssm:GetParameters", "!Sub 'arn:aws:ssm:us-east-1:123456789012:parameter/${Db}'"), more=resource("Db", "AWS::SSM::Parameter")), id="parameter by reference"),
    case(template(secret("!Ref Db"), allow("ssm:GetParameters", f"'{PARAMETERS}/app/*'"), more=resource("Db", "AWS::SSM::Parameter", "{Name: /app/db}")), id="parameter of the templates by its name"),
    case(template(secret("/app/db"), allow("ssm:GetParameter", "'*'")), lacks("ssm:GetParameters", "its secret DB"), unsure("its secret DB is there: parameter /app/db is not in the templates"), id="action of one parameter"),
    # logs
    case(template(logs(), more=GROUP), id="log group and the managed policy"),
    case(template(logs(), managed="", more=GROUP), NO_LOGS, id="logs without permission"),
    case(template(logs(), allow("logs:*", "!GetAtt Group.Arn"), managed="", more=GROUP), id="logs as CDK grants them"),
    case(template(logs("/ecs/app"), allow("logs:*", f"'{LOG_GROUP}:/ecs/*'"), managed="", more=NAMED_GROUP), id="logs by the name of the group"),
    case(template(logs(), allow("logs:CreateLogStream", "!GetAtt Group.Arn"), managed="", more=GROUP), lacks("logs:PutLogEvents", "its log driver awslogs"), id="logs without events"),
    case(template(logs("/ecs/app"), allow("logs:CreateLogStream", f"'{LOG_GROUP}:/ecs/app'"), allow("logs:PutLogEvents", f"'{LOG_GROUP}:/ecs/app:*'"), managed="", more=NAMED_GROUP), unsure("execution role Execution has logs:CreateLogStream for its log driver awslogs"), id="stream by the ARN of the group"),
    case(template(logs("/ecs/app")), NO_GROUP, id="log group that is not in the templates"),
    case(template(logs("/ecs/app"), more=NAMED_GROUP), id="log group by its name"),
    case(template(logs("/ecs/app"), more=NAMED_GROUP.replace("{Type", "{Condition: On, Type")), NO_GROUP, id="log group in one case"),
    case(template(logs("/ecs/app", CREATE), allow("logs:CreateLogGroup", "'*'")), id="driver creates the log group"),
    case(template(logs("/ecs/app", CREATE)), unsure("its log group is there: log group /ecs/app is not in the templates, and no statement of role Execution allows logs:CreateLogGroup"), id="driver may not create the log group"),
    case(template(logs("/ecs/app", CREATE), more=NAMED_GROUP), id="driver need not create the log group"),
    case(template(logs(more=", awslogs-create-group: 'false'"), more=GROUP), id="driver does not create the log group"),
    case(template("", managed="", more=GROUP + resource("Service", "AWS::ECS::Service", f"{{TaskDefinition: !Ref Task, LaunchType: FARGATE, NetworkConfiguration: {{AwsvpcConfiguration: {{Subnets: [a]}}}}, ServiceConnectConfiguration: {{Enabled: true, {logs()}}}}}")), lacks("logs:CreateLogStream and logs:PutLogEvents", "the logs of Service Connect"), no_namespace("cluster default, whose namespace it is, is not in the templates"), id="logs of Service Connect"),
    case(template("", more=connected("Namespace: shop", "")), no_namespace("namespace shop is not in the templates"), id="namespace that is not in the templates"),
    case(template("", more=connected("Namespace: !Ref Name", "")), no_namespace("namespace ${Name} is not in the templates"), id="namespace that is not known"),
    case(template("", more=connected("Namespace: shop", "", SPACE)), id="namespace by its name"),
    case(template("", more=connected("Namespace: !GetAtt Space.Arn", "", SPACE)), id="namespace by its ARN"),
    case(template("", more=connected("Namespace: !Ref Space", "", SPACE)), no_namespace("${Space} is neither the name nor the ARN of a namespace"), id="namespace by its ID"),
    case(template("", more=connected("Namespace: shop", "ServiceConnectDefaults: {Namespace: shop}")), id="namespace that a cluster makes"),
    case(template("", more=connected("", "ServiceConnectDefaults: {Namespace: shop}")), id="namespace of the cluster"),
    case(template("", more=connected("", "ServiceConnectDefaults: {Namespace: !GetAtt Space.Arn}", SPACE)), id="namespace of the cluster by its ARN"),
    case(template("", more=connected("", "ServiceConnectDefaults: {Namespace: 'arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1'}")), no_namespace("namespace arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1 is not in the templates"), id="namespace of the cluster that is elsewhere"),
    case(template("", more=connected("", "")), no_namespace("neither Service nor its cluster ${Cluster} names one"), id="no namespace"),
    case(template("", more=connected("Namespace: shop", "").replace("Enabled: true", "Enabled: false")), id="Service Connect that is not enabled"),
    case(template("", more=connected("Namespace: shop", "").replace("Enabled: true", "Enabled: !Ref Name")), no_namespace("whether Service Connect is enabled (${Name}) is known only at deployment, and namespace shop is not in the templates"), id="Service Connect that may be enabled"),
    case(template("", more=connected("Namespace: shop, " + TLS, "", SPACE + resource("Tls", "AWS::IAM::Role", f"{{AssumeRolePolicyDocument: {TRUST % 'ecs'}, ManagedPolicyArns: ['{TLS_POLICY}']}}"))), NO_CERTIFICATE, id="certificates by a role"),
    case(template("", more=connected("Namespace: shop, " + TLS, "", SPACE + resource("Tls", "AWS::IAM::Role", f"{{AssumeRolePolicyDocument: {TRUST % 'ecs'}}}"))), NO_CERTIFICATE, unsure("what Amazon ECS makes for Service is there: whether role Tls may do what this takes is not judged: it has no AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity"), id="certificates by a role without the policy of AWS"),
    case(template("", more=connected("Namespace: shop, " + TLS, "", SPACE + resource("Tls", "AWS::IAM::Role", f"{{AssumeRolePolicyDocument: {TRUST % 'ecs-tasks'}, ManagedPolicyArns: ['{TLS_POLICY}']}}"))), NO_CERTIFICATE, "unassumable-role Tls.Properties.AssumeRolePolicyDocument: infrastructure role Tls of Service can't be assumed: no statement of its trust policy lets ecs.amazonaws.com assume it", id="certificates by a role of tasks"),
    case(template("", more=connected("Namespace: shop, " + TLS.replace("!GetAtt Tls.Arn", "'arn:aws:iam::123456789012:role/tls'"), "", SPACE)), NO_CERTIFICATE, unsure("the infrastructure role of Service is there: role arn:aws:iam::123456789012:role/tls, which is not in the templates"), id="certificates by a role elsewhere"),
    case(template(logs(), managed="", more=GROUP).replace("Name: web, ", ""), f"missing-start-permission {AT}: execution role Execution lacks logs:CreateLogStream and logs:PutLogEvents, which the container needs for its log driver awslogs", id="container without a name"),
    # other log drivers
    case(template(sent("splunk", "splunk-url: 'https://splunk:8088'")), target("splunk", "what is at https://splunk:8088 is not in the templates"), id="splunk"),
    case(template(sent("splunk", "splunk-url: 'https://splunk:8088', splunk-verify-connection: 'false'")), id="splunk that is not asked before"),
    case(template("LogConfiguration: {LogDriver: splunk, SecretOptions: [{Name: splunk-url, ValueFrom: !Ref Db}]}", allow(READ, "!Ref Db"), more=DB), target("splunk", "splunk-url is a secret"), id="splunk at a secret address"),
    case(template(sent("fluentd", "tag: a")), target("fluentd", "what is at localhost:24224 is not in the templates"), id="fluentd on the host"),
    case(template(sent("fluentd", "fluentd-address: 'logs:24224'")), target("fluentd", "what is at logs:24224 is not in the templates"), id="fluentd elsewhere"),
    case(template(sent("fluentd", "fluentd-async: 'true'")), id="fluentd that is not waited for"),
    case(template(sent("fluentd", "fluentd-async: !Ref Flag")), target("fluentd", "what is at localhost:24224 is not in the templates"), id="fluentd that may be waited for"),
    case(template(sent("gelf", "gelf-address: 'udp://10.0.0.9:12201'")), id="gelf without a connection"),
    case(template(sent("gelf", "gelf-address: 'udp://logs:12201'")), target("gelf", "what is at udp://logs:12201 is not in the templates"), id="gelf to a name"),
    case(template(sent("gelf", "gelf-address: 'tcp://10.0.0.9:12201'")), target("gelf", "what is at tcp://10.0.0.9:12201 is not in the templates"), id="gelf by a connection"),
    case(template(sent("gelf", "tag: a")), target("gelf", "it is given no gelf-address"), id="gelf without an address"),
    case(template(sent("syslog", "tag: a")), id="syslog of the host"),
    case(template(sent("syslog", "syslog-address: !Ref Name")), target("syslog", "what is at ${Name} is not in the templates"), id="syslog at an address that is not known"),
    case(template(sent("json-file", "max-size: 10m")), id="log file of the host"),
    case(template("FirelensConfiguration: {Type: fluentbit}, " + sent("awsfirelens", "Name: firehose")), id="router in the task"),
    case(template(sent("awsfirelens", "Name: firehose")), driver("awsfirelens", "no container of the task is its router"), id="no router in the task"),
    case(template(sent("json-file", "max-size: 1m")), id="log driver on the host"),
    case(template(sent("syslogs", "a: b")), driver("syslogs", "Amazon ECS documents no such driver"), id="log driver that is not documented"),
    case(template(logs("!GetAtt Group.Arn"), more=GROUP), unsure("its log group is there: ${Group.Arn} is no name of a log group"), id="ARN of a log group in place of its name"),
    case(template(logs(), more=resource("Group", "AWS::Logs::LogGroup", "{LogGroupClass: INFREQUENT_ACCESS}")), id="log group of infrequent access"),
    case(template(logs(), more=resource("Group", "AWS::Logs::LogGroup", "{LogGroupClass: DELIVERY}")), unsure("its log group is there: LogGroupClass of Group is DELIVERY"), id="log group that takes deliveries only"),
    case(template(logs(), more=resource("Group", "AWS::Logs::LogGroup", "{KmsKeyId: !GetAtt Key.Arn}") + KMS.replace("{KeyPolicy", "{Enabled: false, KeyPolicy")), unusable("its log group", "Enabled of key Key is false"), id="disabled key of a log group"),
    case(template(logs(), more=LOCKED_GROUP + logged()), id="key of a log group"),
    case(template(logs(), more=LOCKED_GROUP + logged(more=f", Condition: {{ArnLike: {{'{CONTEXT}': 'arn:aws:logs:{ACCOUNT}:*'}}}}")), id="key of a log group, for all log groups of the account"),
    case(template(logs(), more=LOCKED_GROUP.replace("{Kms", "{LogGroupName: /ecs/app, Kms") + logged(more=f", Condition: {{ArnEquals: {{'{CONTEXT}': '{LOG_GROUP}:/ecs/app'}}}}")), id="key of a log group, for that alone"),
    case(template(logs(), more=LOCKED_GROUP.replace("{Kms", "{LogGroupName: /ecs/app, Kms") + logged(more=f", Condition: {{ArnEquals: {{'{CONTEXT}': '{LOG_GROUP}:/ecs/web'}}}}")), SHUT_OUT, id="key of a log group, for another one"),
    case(template(logs(), more=LOCKED_GROUP + logged(more=", Condition: {StringEquals: {'aws:SourceAccount': '123456789012'}}")), unsure("its log group is there: known only at deployment: condition StringEquals on aws:SourceAccount in statement 2 of the policy of key Key"), id="key of a log group under a condition"),
    case(template(logs(), more=LOCKED_GROUP + KMS), SHUT_OUT, id="key of a log group that lets its account in, and no service"),
    case(template(logs(), more=LOCKED_GROUP + logged("logs.eu-west-1.amazonaws.com")), SHUT_OUT, id="key of a log group that lets in the service of another region"),
    case(template(logs(), more=LOCKED_GROUP + logged("logs.amazonaws.com")), unsure("its log group is there: no statement of the policy of key Key lets logs.us-east-1.amazonaws.com encrypt by it, and AWS does not say whether logs.amazonaws.com is enough"), id="key of a log group that lets in the service of no region"),
    case(template(logs(), more=LOCKED_GROUP + logged(action="kms:Encrypt")), unsure("its log group is there: no statement of the policy of key Key lets logs.us-east-1.amazonaws.com encrypt by it"), id="key of a log group that lets the service encrypt alone"),
    case(template(logs(more=CREATE), more=LOCKED_GROUP + KMS), SHUT_OUT, id="key of a log group that the driver may create"),
    case(template("", task="Volumes: [{Name: data, DockerVolumeConfiguration: {Scope: task}}]"), id="volume of Docker"),
    case(template("", task="Volumes: [{Name: data, DockerVolumeConfiguration: {Driver: rexray/ebs}}]"), unsure("its volume data is there: whether the host has the driver rexray/ebs is not known"), id="volume by a plugin of Docker"),
    case(template("", task="Volumes: [{Name: data, ConfiguredAtLaunch: true}]"), unsure("its volume data is there: what runs the task makes no volume of its name"), id="volume that the service configures"),
    case(template("", task="Volumes: [{Name: data, ConfiguredAtLaunch: false, Host: {SourcePath: /a}}]"), id="volume of the host"),
    # jobs of AWS Batch
    case(template("", more=job()), id="log group of AWS Batch"),
    case(template("", managed="", more=job()), f"missing-start-permission {JOB}: execution role Execution lacks logs:CreateLogStream and logs:PutLogEvents, which the container needs for its log driver awslogs: no statement of role Execution allows logs:CreateLogStream on {LOG_GROUP}:/aws/batch/job", id="log group of AWS Batch without permission"),
    case(template("", more=job(", LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: /own}}")), f"unverifiable-start? {JOB}: cannot verify that its log group is there: log group /own is not in the templates", id="log group of a job"),
    case(template("", managed="", more=job(", LogConfiguration: {LogDriver: json-file}")), id="job that logs to a file"),
    # credential specifications
    case(template(spec("!Sub 'credentialspec:${Files.Arn}/a.json'"), more=BUCKET), *(lacks(action, "its credential specification ${Files.Arn}/a.json") for action in ("s3:GetObject", "s3:GetBucketLocation")), NO_DOMAIN, id="credential specification in S3 without permission"),
    case(template(spec("!Sub 'credentialspec:${Files.Arn}/a.json'"), allow("s3:Get*", "'*'"), more=BUCKET), NO_DOMAIN, id="credential specification in S3"),
    case(template(spec("'credentialspec:arn:aws:s3:::files/a.json'"), allow("s3:Get*", "'*'")), NO_DOMAIN, unsure("its credential specification arn:aws:s3:::files/a.json is there: the bucket of"), id="credential specification in a bucket that is not in the templates"),
    case(template(spec(f"'credentialspec:{PARAMETERS}/spec'")), lacks("ssm:GetParameters", f"its credential specification {PARAMETERS}/spec"), NO_DOMAIN, unsure("its credential specification arn:aws:ssm:us-east-1:123456789012:parameter/spec is there: parameter /spec is not in the templates"), id="credential specification in a parameter without permission"),
    case(template(spec(f"'credentialspec:{PARAMETERS}/spec'"), allow("ssm:GetParameters", f"'{PARAMETERS}/*'")), NO_DOMAIN, unsure("its credential specification arn:aws:ssm:us-east-1:123456789012:parameter/spec is there: parameter /spec is not in the templates"), id="credential specification in a parameter"),
    case(template(f"DockerSecurityOptions: ['no-new-privileges', 'credentialspec:{PARAMETERS}/spec']"), lacks("ssm:GetParameters", f"its credential specification {PARAMETERS}/spec"), NO_DOMAIN, unsure("its credential specification arn:aws:ssm:us-east-1:123456789012:parameter/spec is there: parameter /spec is not in the templates"), id="credential specification as a security option"),
    case(template(spec(f"'credentialspecdomainless:{PARAMETERS}/spec'"), allow("ssm:GetParameters", "'*'")), NO_DOMAIN, unsure("execution role Execution may use the secret of its credential specification: which secret it names"), unsure("its credential specification arn:aws:ssm:us-east-1:123456789012:parameter/spec is there: parameter /spec is not in the templates"), id="credential specification without a domain"),
    case(template(spec("'credentialspec:file://a.json'")), NO_DOMAIN, unsure("its credential specification is there: file://a.json is on the container instance"), id="credential specification on the instance"),
    case(template(spec("'credentialspec:arn:aws:sqs:us-east-1:123456789012:a'")), NO_DOMAIN, unsure("its credential specification is there: where arn:aws:sqs:us-east-1:123456789012:a is"), id="credential specification nowhere"),
    case(template(spec("!Ref Name")), unsure("its credential specification is there: where ${Name} is, is known only at deployment"), id="credential specification that is not known"),
    # files
    case(template(ENV, more=BUCKET), lacks("s3:GetObject", "its environment file ${Files.Arn}/app.env"), lacks("s3:GetBucketLocation", "its environment file ${Files.Arn}/app.env"), id="environment file without permission"),
    case(template(ENV, allow("s3:GetObject", "!Sub '${Files.Arn}/*'"), allow("s3:GetBucketLocation", "!GetAtt Files.Arn"), more=BUCKET), id="environment file"),
    case(template(ENV.replace("app.env", "app.txt"), allow("s3:*", "'*'"), more=BUCKET), unsure("its environment file ${Files.Arn}/app.txt is there: its name does not end in .env"), id="environment file of another name"),
    case(template(ENV.replace("${Files.Arn}", "${Files}"), allow("s3:*", "'*'"), more=BUCKET), unsure("its environment file ${Files}/app.env is there: ${Files}/app.env is no ARN of an object"), id="environment file by no ARN"),
    case(template(ENV.replace("/app.env", ".env"), allow("s3:*", "'*'"), more=BUCKET), unsure("its environment file ${Files.Arn}.env is there: ${Files.Arn}.env is no ARN of an object"), id="environment file that is no object"),
    case(template(ENV, allow("s3:GetObject", "!Sub '${Files.Arn}/*'"), more=BUCKET), lacks("s3:GetBucketLocation", "its environment file ${Files.Arn}/app.env"), id="environment file without the location"),
    case(template(ENV, more=BUCKET + resource("Policy", "AWS::S3::BucketPolicy", "{Bucket: !Ref Files, PolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: !GetAtt Execution.Arn}, Action: 's3:Get*', Resource: [!GetAtt Files.Arn, !Sub '${Files.Arn}/*']}]}}")), id="environment file by the policy of the bucket"),
    case(template(ENV, allow("s3:*", "'*'"), more=OWN_KEY + KMS), lacks("kms:Decrypt", "the key of its environment file ${Files.Arn}/app.env"), id="environment file in a bucket with a key, without permission"),
    case(template(ENV, allow("s3:*", "'*'"), allow("kms:Decrypt", "!GetAtt Key.Arn", ", Condition: {StringEquals: {'kms:ViaService': s3.us-east-1.amazonaws.com}}"), more=OWN_KEY + KMS), id="environment file in a bucket with a key"),
    case(template(ENV, allow("s3:*", "'*'"), allow("kms:Decrypt", "'*'"), more=OWN_KEY + KMS.replace("{KeyPolicy", "{Enabled: false, KeyPolicy")), unusable("the key of its environment file ${Files.Arn}/app.env", "Enabled of key Key is false"), id="environment file in a bucket with a disabled key"),
    case(template(ENV, allow("s3:*", "'*'"), more=OWN_KEY.replace("!GetAtt Key.Arn", "alias/aws/s3")), id="environment file in a bucket with the key of AWS"),
    case(template("EnvironmentFiles: [{Type: s3, Value: 'arn:aws:s3:::files/app.env'}]", allow("s3:Get*", "'*'")), unsure("its environment file arn:aws:s3:::files/app.env is there: the bucket of arn:aws:s3:::files/app.env is not in the templates"), id="bucket that is not in the templates"),
    case(template("FirelensConfiguration: {Type: fluentbit, Options: {config-file-type: s3, config-file-value: !Sub '${Files.Arn}/a.conf'}}", more=BUCKET), lacks("s3:GetObject", "its FireLens configuration ${Files.Arn}/a.conf"), lacks("s3:GetBucketLocation", "its FireLens configuration ${Files.Arn}/a.conf"), id="FireLens configuration without permission"),
    case(template("FirelensConfiguration: {Type: fluentbit, Options: {config-file-type: file, config-file-value: /a.conf}}"), id="FireLens configuration in the image"),
    # roles
    case(template("", task=TASK_ROLE, more=resource("Role", "AWS::IAM::Role", f"{{AssumeRolePolicyDocument: {TRUST % 'ecs-tasks'}}}")), id="task role"),
    case(template("", task=TASK_ROLE, more=resource("Role", "AWS::IAM::Role", f"{{AssumeRolePolicyDocument: {TRUST % 'lambda'}}}")), "unassumable-role Role.Properties.AssumeRolePolicyDocument: task role Role can't be assumed: no statement of its trust policy lets ecs-tasks.amazonaws.com assume it", id="task role of a function"),
    case(template("", task=TASK_ROLE, more=resource("Role", "AWS::IAM::Role", f"{{AssumeRolePolicyDocument: {TRUST % 'ecs-tasks'}}}").replace("}]}", ", Condition: {StringEquals: {'aws:SourceOrgID': o-1}}}]}")), unsure("task role Role can be assumed, sts:AssumeRole: known only at deployment: condition StringEquals on aws:SourceOrgID"), id="task role under a condition"),
    case(trusting("StringEquals: {'aws:SourceAccount': '123456789012'}"), id="task role for tasks of its account"),
    case(trusting("StringEquals: {'aws:SourceAccount': '210987654321'}"), untrusted("aws:SourceAccount"), id="task role for tasks of another account"),
    case(trusting("ArnLike: {'aws:SourceArn': 'arn:aws:ecs:us-east-1:123456789012:*'}, StringEquals: {'aws:SourceAccount': '123456789012'}"), id="task role as AWS documents it"),
    case(trusting("ArnLike: {'aws:SourceArn': 'arn:aws:ecs:eu-west-1:123456789012:*'}"), untrusted("aws:SourceArn"), id="task role for tasks of another region"),
    case(trusting("ArnLike: {'aws:SourceArn': 'arn:aws:lambda:us-east-1:123456789012:*'}"), untrusted("aws:SourceArn"), id="task role for functions"),
    case(trusting("StringEquals: {'sts:ExternalId': me}"), untrusted("sts:ExternalId"), id="task role for an external ID"),
    case(trusting("StringEquals: {'aws:PrincipalOrgID': o-1}"), untrusted("aws:PrincipalOrgID"), id="task role for an organization"),
    case(trusting("Bool: {'aws:MultiFactorAuthPresent': 'true'}"), untrusted("aws:MultiFactorAuthPresent"), id="task role for whoever has a second factor"),
    case(trusting("BoolIfExists: {'aws:MultiFactorAuthPresent': 'true'}"), id="task role for whoever has a second factor, or none at all"),
    case(trusting("Bool: {'aws:PrincipalIsAWSService': 'true'}"), id="task role for services"),
    case(template("", task="TaskRoleArn: arn:aws:iam::123456789012:role/task"), unsure("the task role can be assumed: task role arn:aws:iam::123456789012:role/task, which is not in the templates"), id="task role that is not in the templates"),
    case(template(secret("!Ref Db"), more=DB).replace("!GetAtt Execution.Arn", "arn:aws:iam::123456789012:role/execution"), "unverifiable-role? ", id="execution role that is not in the templates, said once"),
    case(template(secret("!Ref Db"), more=DB).replace("      ExecutionRoleArn: !GetAtt Execution.Arn\n", ""), "missing-execution-role ", id="no execution role on Fargate, said once"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_start(tmp_path: Path, source: str, expected: tuple[str, ...]) -> None:
    found = sorted(map(line, findings(write(tmp_path, source, HERE), RULES)))
    assert len(found) == len(expected), found
    for said, start in zip(found, sorted(expected), strict=True):
        assert said.startswith(start)


INSTANCE_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"


def on_instances(container: str, *, managed: str = INSTANCE_POLICY, more: str = "") -> str:
    """A task of one container without an execution role, on container instances."""
    return f"""
Resources:
  Cluster: {{Type: AWS::ECS::Cluster}}
  Instances:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {TRUST % "ec2"}
      ManagedPolicyArns: [{managed}]
      Policies: [{{PolicyName: Own, PolicyDocument: {{Statement: [{PULL}]}}}}]
  Profile: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [!Ref Instances]}}}}
  Host:
    Type: AWS::EC2::Instance
    Properties:
      IamInstanceProfile: !Ref Profile
      ImageId: "{{{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}}}"
      UserData: {{"Fn::Base64": !Sub "#!/bin/bash\\necho ECS_CLUSTER=${{Cluster}} >> /etc/ecs/ecs.config"}}
  Service: {{Type: AWS::ECS::Service, Properties: {{Cluster: !Ref Cluster, LaunchType: EC2, TaskDefinition: !Ref Task}}}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions: [{{Name: web, Memory: 512, Image: "{ECR}/app:1", {container}}}]
{more}
"""


NO_ROLE = (
    "missing-execution-role Task.Properties.ExecutionRoleArn: container 'web': the task has no execution role, which"
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        case(on_instances(logs(), more=GROUP), id="logs by the instances"),
        case(on_instances(logs(), managed="", more=GROUP), f"missing-start-permission {AT}: container instance role Instances lacks logs:CreateLogStream and logs:PutLogEvents", id="logs, and instances that may not write them"),
        case(on_instances(secret("!Ref Db"), more=DB), f"{NO_ROLE} its secret DB needs", id="secret without an execution role"),
        case(on_instances(ENV, more=BUCKET), f"{NO_ROLE} its environment file", id="environment file without an execution role"),
    ],
)  # fmt: skip
def test_start_on_container_instances(tmp_path: Path, source: str, expected: tuple[str, ...]) -> None:
    found = sorted(map(line, findings(write(tmp_path, source, HERE), RULES)))
    assert len(found) == len(expected), found
    for said, start in zip(found, sorted(expected), strict=True):
        assert said.startswith(start)


def test_a_need_has_no_action_or_no_way_for_a_reason() -> None:
    with pytest.raises(ValueError, match="must have a reason"):
        Nothing("")
