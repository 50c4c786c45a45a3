"""The credential specifications of containers that log in to an Active Directory as a group Managed Service Account.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/linux-gmsa.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-linux-gmsa.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/windows-gmsa.html
    https://github.com/aws/amazon-ecs-agent/blob/master/agent/taskresource/credentialspec/credentialspec_linux.go
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, pieces_of, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import SECRET_ACTION
from ecr_ecs_constructs.pull.iam.arns import BUCKET
from ecr_ecs_constructs.pull.needs.files import Files
from ecr_ecs_constructs.pull.needs.need import Ask, Destination, Need, Nothing, Who
from ecr_ecs_constructs.pull.needs.regions import split
from ecr_ecs_constructs.pull.needs.secrets import Secrets

SPECS = "the credential specifications"
"""The title of a destination that is not called by the name of a service."""

_JOINED, _DOMAINLESS = "credentialspec:", "credentialspecdomainless:"
_PATHS = ("CredentialSpecs.*", "DockerSecurityOptions.*")


class CredentialSpecs(InWorld):
    """The needs of credential specifications in one world.

    Args:
        files: the needs of those in Amazon S3.
        secrets: the needs of those in Parameter Store.
    """

    def __init__(self, files: Files, secrets: Secrets) -> None:
        self.world = files.world
        self._files = files
        self._secrets = secrets

    def needs(self, site: Site) -> Iterator[Need]:
        """Yield the needs of the credential specifications of the container at a place."""
        for path in _PATHS:
            for value in self.world.values(site.resource, path, site):
                first = pieces_of(value)[0] if isinstance(value, (str, Text)) else None
                for prefix in (_JOINED, _DOMAINLESS):
                    if isinstance(first, str) and first.startswith(prefix) and isinstance(value, (str, Text)):
                        where = text(first.removeprefix(prefix), *pieces_of(value)[1:])
                        yield from self._of_spec(where, site, is_domainless=prefix == _DOMAINLESS)
                if not isinstance(first, str) and path == _PATHS[0]:
                    yield _unknown(f"where {shown(value)} is, is known only at deployment")

    def _of_spec(self, where: str | Text, site: Site, *, is_domainless: bool) -> Iterator[Need]:
        title = f"its credential specification {shown(where)}"
        parts, first = split(where), pieces_of(where)[0]
        service = parts[2] if len(parts) > 5 else ""
        if service == "s3" or (
            isinstance(first, Hole) and first.resource is not None and first.resource.type == BUCKET
        ):
            yield from self._files.of_file(title, SPECS, where)
        elif service == "ssm":
            yield from self._secrets.needs(title, where, site.resource.template)
        elif isinstance(first, str) and first.startswith("file://"):
            yield _unknown(f"{shown(where)} is on the container instance")
        else:
            yield _unknown(f"where {shown(where)} is, is known only at deployment")
        yield _unknown("its domain is not in the templates")
        if is_domainless:
            asks, named = Ask(Who.EXECUTION_ROLE, (SECRET_ACTION,)), "which secret it names stands in the file"
            yield Need("the secret of its credential specification", asks, Destination("secretsmanager"), perhaps=named)


def _unknown(why: str) -> Need:
    """Return the need of a credential specification of which something is not in the templates."""
    nothing = Nothing("nobody in the templates is known to ask for it")
    return Need("its credential specification", nothing, Nothing("the way there is not known"), Answer(None, why))
