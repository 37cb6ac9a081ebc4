"""Pure values of the OCI image specification: no input, no output, no state."""
