"""Which column comes from which, worked out from what was recorded."""
