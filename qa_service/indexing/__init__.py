"""Indexing: Corpus -> a versioned, checksummed snapshot on disk, and back into memory."""
