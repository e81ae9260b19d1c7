"""Corpus of healthy and faulty runs: its pipelines, and how they are broken and recorded."""
