"""The account: its standing, its limits, its suppression list, its contact lists."""
