"""What ECR is told about a repository and about a registry, beside names: what a person may set, already checked."""

import enum
import re
from dataclasses import dataclass, field


class Removal(enum.StrEnum):
    """What becomes of a repository that leaves the file, or whose stack is destroyed."""

    RETAIN = "retain"
    """It stays in the account with its images, outside of the stacks."""
    DESTROY = "destroy"
    """It goes, with all its images."""


@dataclass(frozen=True, slots=True)
class Mutability:
    """Whether a tag may be moved to another image once it is there."""

    immutable: bool = False
    exceptions: tuple[str, ...] = ()
    """Patterns with ``*``; for tags that match one it is the other way round."""

    def is_immutable(self, tag: str) -> bool:
        """Whether ECR refuses to move this tag."""
        excepted = any(_pattern(exception).fullmatch(tag) for exception in self.exceptions)
        return self.immutable is not excepted


class LifecycleVerb(enum.StrEnum):
    """What a rule does and when. The words are the file's."""

    EXPIRE_AFTER_DAYS = "expire_after_days"
    """Since the push."""
    KEEP_NEWEST = "keep_newest"
    """Expires all others that the rule selects."""
    ARCHIVE_AFTER_DAYS = "archive_after_days"
    """Since the push."""
    ARCHIVE_AFTER_DAYS_UNPULLED = "archive_after_days_unpulled"
    EXPIRE_AFTER_DAYS_ARCHIVED = "expire_after_days_archived"


class LifecycleImages(enum.StrEnum):
    """Which images a rule without a tag pattern selects."""

    UNTAGGED = "untagged"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """One rule. The first rule that selects an image decides about it."""

    verb: LifecycleVerb
    number: int
    """Days, or how many to keep."""
    tags: str | None = None
    """A pattern with ``*`` over tags."""
    images: LifecycleImages | None = None
    """Where there is no pattern."""


class EncryptionKind(enum.StrEnum):
    """How ECR encrypts what lies in a repository."""

    AES256 = "aes256"
    KMS = "kms"
    KMS_DSSE = "kms_dsse"


@dataclass(frozen=True, slots=True)
class Encryption:
    """Fixed when the repository is made: ECR cannot change it."""

    kind: EncryptionKind = EncryptionKind.AES256
    key: str = ""
    """ARN, id or alias of the key; empty for the one that AWS manages."""


@dataclass(frozen=True, slots=True)
class PullAccess:
    """Who beside this account may pull."""

    accounts: tuple[str, ...] = ()
    organization: str = ""
    organizational_units: tuple[str, ...] = ()
    """Paths from the organization down, without the slash at the end: ``o-a1b2c3d4e5/r-ab12/ou-ab12-11111111``. What
    is below a unit may pull too."""

    def __bool__(self) -> bool:
        return bool(self.accounts or self.organization or self.organizational_units)


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """One repository's. In ECR Public only `resource_tags` and `removal` mean something."""

    mutability: Mutability = field(default_factory=Mutability)
    lifecycle: tuple[LifecycleRule, ...] = ()
    encryption: Encryption = field(default_factory=Encryption)
    pull_access: PullAccess = field(default_factory=PullAccess)
    resource_tags: tuple[tuple[str, str], ...] = ()
    """Of AWS, on the repository, sorted; nothing to do with image tags."""
    removal: Removal = Removal.RETAIN


@dataclass(frozen=True, slots=True)
class Scanning:
    """The registry's own scan settings, which hold for every repository of the account in the region."""

    enhanced: bool = False
    on_push: tuple[str, ...] = ()
    continuous: tuple[str, ...] = ()
    """Patterns with ``*`` over repositories. Only enhanced scanning is continuous."""


@dataclass(frozen=True, slots=True)
class ReplicationRule:
    """Copies of what is pushed, made by ECR."""

    to: tuple[tuple[str, str], ...]
    """Region and account; an empty account is this one."""
    repositories: tuple[str, ...] = ()
    """Prefixes of names; empty for every repository."""


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """The private registry's, of which an account has one in each region."""

    scan_on_push: bool = True
    """Each repository's own setting, which ECR heeds as long as the registry has none."""
    scanning: Scanning | None = None
    """`None`: the registry's settings are somebody else's."""
    replication: tuple[ReplicationRule, ...] = ()
    accept_replication_from: tuple[str, ...] = ()
    """Accounts."""


@dataclass(frozen=True, slots=True)
class PullThroughCache:
    """ECR's own cache of Docker Hub, for the images that nobody lists."""

    prefix: str
    settings: RepositorySettings = field(default_factory=RepositorySettings)
    """What the repositories get that ECR makes."""


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")))
