"""Salesforce: the client, what is read and written, set-up and check."""
