"""One file per command: its options, tables and JSON. No domain logic."""
