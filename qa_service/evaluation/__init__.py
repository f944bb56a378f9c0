"""Evaluation: judged questions and judgements -> measures of what the service answers, as values,
tables and JSON.

Only `run` knows an engine; everywhere else what is measured comes in as a function.
"""
