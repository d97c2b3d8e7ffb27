"""The local cloud: an AWS emulator, the SES simulator and the real template, on one machine."""
