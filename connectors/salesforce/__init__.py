"""Salesforce: the client, what is read and written, set-up and check."""

from connectors.salesforce.connector import SalesforceConnector

__all__ = ["SalesforceConnector"]
