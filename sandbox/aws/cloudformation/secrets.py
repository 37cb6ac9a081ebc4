"""`AWS::SecretsManager::Secret`, in moto's Secrets Manager."""

from typing import Self

from moto.secretsmanager.models import SecretsManagerBackend, secretsmanager_backends

from sandbox.aws.cloudformation.resource import Resource, register


@register
class Secret(Resource):
    """A secret, empty unless the template says what is in it."""

    TYPE = "AWS::SecretsManager::Secret"
    NAME_PROPERTY = "Name"

    def __init__(self, name: str, properties: dict[str, object], account: str, region: str) -> None:
        super().__init__(name, properties, account, region)
        self._arn = ""

    @property
    def physical_resource_id(self) -> str:
        """`Ref` gives the ARN, with the six random characters."""
        return self._arn

    def create(self) -> None:
        """Fails on a name that is taken."""
        if self._backend.secrets.get(self.name) is not None:
            raise ValueError(f"The operation failed because the secret {self.name} already exists.")
        self._backend.create_secret(
            name=self.name,
            secret_string=self.properties.get("SecretString"),
            secret_binary=None,
            description=self.properties.get("Description"),
            tags=None,
            kms_key_id=self.properties.get("KmsKeyId"),
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        self._arn = self._backend.secrets[self.name].arn

    def update(self, old: Self) -> None:
        """Description and key; what a person filled in stays."""
        self._arn = old._arn
        secret = self._backend.secrets[self.name]
        secret.description = self.properties.get("Description")
        secret.kms_key_id = self.properties.get("KmsKeyId")

    def remove(self) -> None:
        """Delete it at once."""
        self._backend.delete_secret(self.name, None, force_delete_without_recovery=True)

    @property
    def _backend(self) -> SecretsManagerBackend:
        return secretsmanager_backends[self.account][self.region]
