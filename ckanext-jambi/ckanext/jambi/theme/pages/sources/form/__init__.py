"""The form that makes a source, generated from the JSON Schema of definitions and the dataset's fields.

`fields` turns a definition and its problems into what the templates draw, `reading` turns what was typed
back into a definition, `page` puts both together. Nothing is kept on the server between two steps.
"""
