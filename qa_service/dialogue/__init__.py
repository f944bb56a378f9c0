"""What a turn of a talk is in its context: a choice, a correction, a return. Pure."""
