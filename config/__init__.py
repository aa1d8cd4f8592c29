"""Settings: leadline.yaml as typed values, the default playbook, templates and JSON Schemas."""
