"""Other methods on the same traces: each learns from healthy runs and judges a new one.

Every peer sees what `lineage_stats` recorded, translated to what it wants, and has the settings
that its documentation recommends. `catalogue.all_peers` lists those whose packages are installed.
"""
