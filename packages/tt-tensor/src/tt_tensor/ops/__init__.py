"""The operations, a family per file: each a kernel in plain NumPy with its formula, and the public function where it has settings."""
