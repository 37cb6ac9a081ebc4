"""Buildspecs, rendered as text: what people read and edit in the CodeBuild console."""
