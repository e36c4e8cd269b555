"""The operations, a family per file: each a kernel in plain NumPy with its formula, and a public function if it has settings."""
