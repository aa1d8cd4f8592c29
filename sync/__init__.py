"""The loop between CRM and qualifier: store, ingest, evaluate, deliver, and the pass that runs them."""
