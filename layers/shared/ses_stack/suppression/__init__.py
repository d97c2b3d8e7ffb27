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
| `files/` | how a list is read from a file, in the forms that people bring, and loaded |
| `account/` | SES's own account-level list: what it should contain, and how both lists are kept in step |
"""
