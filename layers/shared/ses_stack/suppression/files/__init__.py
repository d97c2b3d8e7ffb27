"""Suppression lists as files: reading every form that people bring, and loading it.

| module | what it does |
|---|---|
| `text_lines` | decodes a file, and splits it into lines |
| `csv_records`, `json_rows` | make CSV records or JSON objects of the lines |
| `columns`, `cells`, `rows` | find each field's column, and make rows |
| `times`, `reasons`, `row_facts` | make facts of a row's fields |
| `loading` | loads the facts into the list |
"""
