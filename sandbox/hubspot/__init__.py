"""A HubSpot portal over real HTTP: stateful, strict, and true to the project's fact sheet on HubSpot.

The paragraphs cited as §… in this package are those of that fact sheet. What it marks as unconfirmed is a
switch in `HubSpotSwitches`. Start with `Portal(clock)`, fill it, serve `create_app(portal, journal, faults)`.
"""

from sandbox.hubspot.access import DEFAULT_TOKEN
from sandbox.hubspot.limits import Tier
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.rest import create_app
from sandbox.hubspot.switches import HubSpotSwitches

__all__ = ["DEFAULT_TOKEN", "HubSpotSwitches", "Portal", "Tier", "create_app"]
