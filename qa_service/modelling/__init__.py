"""Training: numbers and weights learnt from judged questions. Never from the golden ones."""
