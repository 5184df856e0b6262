"""The desk of freshness: what walidata, the panel and the OPDs ask for, decide and keep, as plain forms.

- `forms`: each form by its name, the action behind it, and how what was typed becomes its arguments
- `item_forms`: those by which walidata keeps the Daftar Data
- `fields`: what forms are made of
- `cases`: cases and drafts in words, for who decides and for the OPD whose own they are
- `page`: what waits for a decision, and what the reader may do
- `items`: the Daftar Data as a list
"""
