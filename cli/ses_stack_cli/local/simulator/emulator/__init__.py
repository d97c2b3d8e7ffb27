"""The AWS emulator beside the simulator: configuration sets, EventBridge, IAM."""
