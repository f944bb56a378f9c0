"""What the service tells those who run it: metrics and logs. Never the text of a question."""
