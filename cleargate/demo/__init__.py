"""The invented county: its records, its law, its people, and a tour of the product through them.

It uses what everybody uses: the importer, the gate, two keys, the offline verifier. Nothing in it
is
a shortcut but that it makes all credentials itself. Start reading in ``tour``: the stops in order.
"""
