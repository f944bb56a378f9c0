"""Bytes of a platform that may be anything."""

import json


def json_of(body: bytes) -> object:
    """None for what is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
