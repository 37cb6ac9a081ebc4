"""CodeBuild that runs: the deployed project's buildspec, in its own process group, with its role's credentials."""
