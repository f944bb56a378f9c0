"""Retrieval: a question -> candidates of each leg -> one order."""
