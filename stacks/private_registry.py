"""What is the registry's and not one repository's. An account has one private registry in each region."""

from aws_cdk import Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from mirror.config.ecr import RegistrySettings, ReplicationRule, Scanning


class PrivateRegistry(Construct):
    """Scanning, replication and who may replicate into it. Only what the settings ask for: what is defined here is no
    longer anybody else's to set.
    """

    def __init__(self, scope: Construct, id: str, *, settings: RegistrySettings) -> None:  # noqa: A002 - the name that every construct gives it
        super().__init__(scope, id)
        if settings.scanning is not None:
            ecr.CfnRegistryScanningConfiguration(
                self,
                "Scanning",
                scan_type="ENHANCED" if settings.scanning.enhanced else "BASIC",
                rules=_scanning_rules(settings.scanning),
            )
        if settings.replication:
            ecr.CfnReplicationConfiguration(
                self,
                "Replication",
                replication_configuration=ecr.CfnReplicationConfiguration.ReplicationConfigurationProperty(
                    rules=[_replication_rule(rule, Stack.of(self).account) for rule in settings.replication]
                ),
            )
        if settings.accept_replication_from:
            ecr.CfnRegistryPolicy(
                self, "Policy", policy_text=self._replication_policy(settings.accept_replication_from).to_json()
            )

    def _replication_policy(self, accounts: tuple[str, ...]) -> iam.PolicyDocument:
        stack = Stack.of(self)
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    sid="ReplicateFromAccounts",
                    principals=[iam.AccountPrincipal(account) for account in accounts],
                    actions=["ecr:CreateRepository", "ecr:ReplicateImage"],
                    resources=[f"arn:{stack.partition}:ecr:{stack.region}:{stack.account}:repository/*"],
                )
            ]
        )


def is_wanted(settings: RegistrySettings) -> bool:
    """Whether any of it is asked for."""
    return settings.scanning is not None or bool(settings.replication or settings.accept_replication_from)


def _scanning_rules(scanning: Scanning) -> list[ecr.CfnRegistryScanningConfiguration.ScanningRuleProperty]:
    return [
        ecr.CfnRegistryScanningConfiguration.ScanningRuleProperty(
            scan_frequency=frequency,
            repository_filters=[
                ecr.CfnRegistryScanningConfiguration.RepositoryFilterProperty(filter=pattern, filter_type="WILDCARD")
                for pattern in patterns
            ],
        )
        for frequency, patterns in (("SCAN_ON_PUSH", scanning.on_push), ("CONTINUOUS_SCAN", scanning.continuous))
        if patterns
    ]


def _replication_rule(
    rule: ReplicationRule, own_account: str
) -> ecr.CfnReplicationConfiguration.ReplicationRuleProperty:
    return ecr.CfnReplicationConfiguration.ReplicationRuleProperty(
        destinations=[
            ecr.CfnReplicationConfiguration.ReplicationDestinationProperty(
                region=region, registry_id=account or own_account
            )
            for region, account in rule.to
        ],
        repository_filters=[
            ecr.CfnReplicationConfiguration.RepositoryFilterProperty(filter=prefix, filter_type="PREFIX_MATCH")
            for prefix in rule.repositories
        ]
        or None,
    )
