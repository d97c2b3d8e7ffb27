"""What an operator sees and does: the queue report, pauses, the sending policy."""
