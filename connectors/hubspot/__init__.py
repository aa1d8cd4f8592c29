"""HubSpot: contacts as leads, their companies, deals and engagements; results in properties `leadline_…`."""
