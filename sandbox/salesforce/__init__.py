"""A Salesforce org on loopback: stateful, strict, faithful to salesforce.md in all that Leadline calls."""

from sandbox.salesforce.app import create_app
from sandbox.salesforce.org import Org
from sandbox.salesforce.switches import SalesforceSwitches

__all__ = ["Org", "SalesforceSwitches", "create_app"]
