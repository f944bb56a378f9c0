"""HTTP: the FastAPI application, its routes, schemas and pages. Models of the API live only
here.
"""
