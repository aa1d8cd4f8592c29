"""The loop between CRM and qualifier: store, ingest, deliver, schedule."""
