"""Indexing: Corpus -> a versioned, checksummed snapshot under `index/`, and back into memory for
searching.
"""
