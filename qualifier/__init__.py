"""Decides: pure functions over Polars frames, importing nothing else of the project; no clock, no I/O."""
