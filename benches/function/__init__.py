"""The function's cost, compared with a bare one and with a Python function that makes the same calls."""
