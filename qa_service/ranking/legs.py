"""The names of what finds passages for a question: of what retrieval makes, and of what fusion
weighs. They stand in `weights.json` and name the folders of an index.
"""

PASSAGES, QUESTIONS, SERVICES, LEXICAL = "passages", "questions", "services", "lexical"
"""The legs that are searched."""

CLASSIFIER = "classifier"
"""Not searched: the passages that the index' classifier finds likeliest, for fusion."""

CONTEXT = "context"
"""Not searched: the passages of the service that the conversation is about, for fusion."""

PARTS, MESSAGE = "parts", "message"
"""Not searched, for fusion: the services that the other parts of a message are about, and the
passages that the message finds as a whole.
"""

FUSED_LEGS = (PASSAGES, QUESTIONS, SERVICES, CLASSIFIER, LEXICAL, CONTEXT, PARTS, MESSAGE)
"""All that has a weight."""
