"""Suppression: the addresses that must not get mail, from which mail, and why.

A fact is anything that bears on an address's suppression, such as a bounce. The list follows from the facts.

| module | what it answers |
|---|---|
| `facts` | what a fact is |
| `feedback` | which facts an SES event gives |
| `scopes` | from which mail an address can be suppressed |
| `policy` | which suppressions follow from the facts, and which of them block a message |
| `soft_bounces` | which soft bounces are evidence, and which deliveries decide that |
| `list_changes` | what is written when facts are added |
| `settle` | the one way in which the list is changed |
| `check` | may these addresses get this mail? |
| `writer` | what the suppression writer does with a batch of SES events |
| `records` | the messages of the suppression queue |
| `manual` | how an operator adds and removes |
| `file_text`, `file_records`, `file_json` | how a file becomes CSV records or JSON objects |
| `file_columns`, `file_cells`, `file_rows` | which column is which field, and the rows of a file |
| `file_times`, `file_reasons`, `file_facts` | what the fields of a row mean |
| `file_import` | how a list is loaded |
| `account_list` | what SES's account-level list should contain |
| `both_lists` | what changing the stack's list and SES's list together needs |
| `account_sync` | how the suppression writer changes SES's list, at one call a second |
| `account_compare` | how both lists are compared and brought into agreement |
"""
