"""The AWS control plane: moto's server, extended where it has gaps."""
