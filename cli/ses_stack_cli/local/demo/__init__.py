"""`ses-stack local demo`: 200 messages through the deployed stack, counted at both ends."""
