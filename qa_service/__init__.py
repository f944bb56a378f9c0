"""Semantic search over official procedure texts of Ukraine's service centres: a question in, the
right passage out.
"""
