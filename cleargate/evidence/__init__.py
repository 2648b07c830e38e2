"""Documents that requests rest on, and who checked them.

Touches ``evidence.db`` and nothing else; whether a document opens anything is law and not said
here. Start with ``reader.documents``. Everything that changes is in ``write``, which only the gate
imports.
"""
