"""What is learnt from the journal: content gaps, and questions for people to judge. Run by commands
and never imported while serving.
"""
