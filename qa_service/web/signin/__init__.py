"""How staff sign in and out, and what whoever may not see a page of theirs is told."""
