"""The whole product on one machine: registries, an AWS control plane and CodeBuild on loopback."""
