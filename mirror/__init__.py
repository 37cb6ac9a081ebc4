"""The mirror engine: copies container images between registries, without a daemon and without a disk.

Standard library, and boto3 where a registry is Amazon's. This package is what a build receives.
"""

VERSION = "0.1.0"
"""As pyproject.toml has it."""
