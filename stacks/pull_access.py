"""Who beside the account may pull, as statements of a repository's policy."""

from aws_cdk import aws_iam as iam

from mirror.config.ecr import PullAccess

PULL_ACTIONS = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""What a pull asks of a repository; the login is granted in the account that pulls."""


def pull_statements(access: PullAccess) -> tuple[iam.PolicyStatement, ...]:
    """One statement for accounts, one for an organization, one for organizational units."""
    found: list[iam.PolicyStatement] = []
    if access.accounts:
        principals = [iam.AccountPrincipal(account) for account in access.accounts]
        found.append(iam.PolicyStatement(sid="PullFromAccounts", actions=list(PULL_ACTIONS), principals=principals))
    if access.organization:
        found.append(
            iam.PolicyStatement(
                sid="PullFromOrganization",
                actions=list(PULL_ACTIONS),
                # Everybody, narrowed to the organization: it is no principal that a policy could name.
                principals=[iam.StarPrincipal()],
                conditions={"StringEquals": {"aws:PrincipalOrgID": access.organization}},
            )
        )
    if access.organizational_units:
        paths = [f"{unit}/*" for unit in access.organizational_units]
        found.append(
            iam.PolicyStatement(
                sid="PullFromOrganizationalUnits",
                actions=list(PULL_ACTIONS),
                principals=[iam.StarPrincipal()],
                conditions={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": paths}},
            )
        )
    return tuple(found)
