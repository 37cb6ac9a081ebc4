"""Keeps a person's own AWS and proxy settings away from a sandbox."""

import os
from collections.abc import Mapping, MutableMapping

_PREFIXES = ("AWS_", "CDK_", "MIRROR_")
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})
_NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
# A person's default profile counts even when no variable names one.


def impersonal(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would send AWS clients elsewhere: profiles, endpoints, proxies."""
    kept = {name: value for name, value in environ.items() if not _is_personal(name)}
    return kept | _NO_FILES


def forget_personal_settings(environ: MutableMapping[str, str]) -> None:
    """The same in place. Before moto is imported: it opens an AWS session then."""
    kept = impersonal(environ)
    for name in [name for name in environ if name not in kept]:
        del environ[name]
    environ.update(kept)


def _is_personal(name: str) -> bool:
    return name.startswith(_PREFIXES) or name.lower() in _PROXIES
