"""HTTP, one concern a module. Knows nothing of images."""
