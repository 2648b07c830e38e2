"""Who may ask: agencies and their tree, persons, credentials, signing keys, and proposals.

Touches ``agencies.db`` and nothing else; what an agency may see is law and not said here. Start
with ``reader.Directory`` and ``credentials.authenticate``. Everything that a ticket changes is in
``write``, which only the gate imports; a proposal needs no ticket, for its signatures are its
authority (``proposals``).
"""
