"""Semantic search over the official procedure texts of Ukraine's service centres."""
