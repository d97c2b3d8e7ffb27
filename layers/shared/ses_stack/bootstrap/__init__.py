"""The real collaborators of each function: one module per function."""
