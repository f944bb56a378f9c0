"""The managers' overview: what people ask, what goes unanswered, what to write next."""
