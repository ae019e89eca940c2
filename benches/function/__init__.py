"""How light the function is, beside a bare one and beside a Python function that makes the same calls."""
