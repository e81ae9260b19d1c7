"""What ``lineage-stats demo`` executes: an ordinary script, kept as package data."""
