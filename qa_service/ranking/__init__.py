"""Ranking: legs' scores -> one order, a confidence, a decision. Pure functions."""
