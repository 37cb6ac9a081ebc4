"""Docker Hub, Amazon ECR, ECR Public and ordinary registries, in memory, on loopback, over real HTTP."""
