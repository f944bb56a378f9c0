"""A made-up month of questions, as a contact centre, a site and a chatbot get them.

For looking at the pages of managers and editors, and for tests. Nothing in it comes from people.
"""
