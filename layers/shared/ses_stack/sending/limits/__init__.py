"""What may be sent now: rate, slots, quota, pauses, warm-up."""
