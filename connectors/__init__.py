"""Talk to CRMs. A connector reads changes, delivers values and sets up fields; it knows nothing of scoring."""
