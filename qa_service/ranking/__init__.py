"""Ranking: legs' scores -> one order, a confidence, a decision. Pure; the fitted numbers are in
`weights.json`.
"""
