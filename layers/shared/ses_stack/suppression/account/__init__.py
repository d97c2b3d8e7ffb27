"""SES's own account-level list, and how it is kept in step with the stack's list.

| module | what it does |
|---|---|
| `account_list` | derives what SES's list should contain |
| `account_sync` | changes it after SES's events, at one call a second |
| `account_compare` | compares both lists, and makes them equal |
| `both_lists` | what a change of both lists needs |
"""
