"""Arrays that NumPy made between two watched calls, followed as far as that can be told."""
