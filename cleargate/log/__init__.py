"""The transparency log: append-only, Merkle, signed; anyone can check it without trusting us.

Only the gate appends (``append``); everybody may read (``read``), export (``export``) and check
(``verify``, which needs no database). Start with ``append``: its steps stand in the order in which
they must happen. Formats: C2SP tlog-tiles, tlog-checkpoint, signed-note and tlog-proof.
"""
