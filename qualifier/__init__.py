"""Decides. Pure functions over Polars frames; imports nothing else of the project, reads no clock, does no I/O."""
