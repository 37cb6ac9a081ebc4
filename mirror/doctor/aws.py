"""Who we are to AWS."""

from mirror.credentials.registries import Network
from mirror.doctor.finding import Finding, failed, ok, warning
from mirror.errors import MirrorError, TransportError
from mirror.registry import aws

WHAT = "AWS identity"


def identity(network: Network) -> Finding:
    """By GetCallerIdentity, which needs no permission."""
    try:
        with aws.translated("GetCallerIdentity"):
            client = network.aws_client("sts")
            arn = client.get_caller_identity()["Arn"]
    except TransportError as err:
        # Nothing else needs this service, and in a VPC without a way out it may be all that is not reachable.
        return warning(WHAT, str(err), "Only this check asks it; look at the next ones.")
    except MirrorError as err:
        return failed(WHAT, err)
    return ok(WHAT, f"{arn} in {client.meta.region_name}")
