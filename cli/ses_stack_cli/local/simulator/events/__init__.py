"""From an accepted message to its published events."""
