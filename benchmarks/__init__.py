"""How fast, measured: `python -m benchmarks [--quick] [NAME …]`."""
