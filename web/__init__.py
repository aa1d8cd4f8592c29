"""The page, health and metrics."""
