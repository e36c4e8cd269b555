"""The functional forms, a family per file: each hot one a single primitive, with its derivative beside its kernel."""
