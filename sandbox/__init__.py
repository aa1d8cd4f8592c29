"""CRM in a box: a local Salesforce org and a local HubSpot portal over real HTTP on loopback.

The sandbox imports nothing of the rooms that it tests: what it knows of a CRM comes from the fact sheets.
"""
