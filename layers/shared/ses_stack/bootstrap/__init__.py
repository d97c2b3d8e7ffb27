"""Builds each function with its real collaborators: one module per function, over `ses_stack.aws.clients`."""
