"""Evaluation: judged questions -> measures, as values, tables and JSON.

Only `run` knows an engine; everywhere else what is measured comes in as a function.
"""
