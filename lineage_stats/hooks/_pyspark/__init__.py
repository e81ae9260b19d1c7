"""The provider for PySpark."""
