"""The store: SQLAlchemy models and one query module per noun."""
