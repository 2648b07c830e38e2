"""People in custody: bookings, documents lodged, holds and their limits, duties, incidents.

Touches ``custody.db`` and the spool folder. Nothing here keeps anyone by itself: only
``write.hold`` with a ticket does, until the limit that its decision carries; what ends custody
(``release``, ``sweep``) asks for no ticket. Start with ``limits``, then ``write.hold``; ``facts``
is what a decision may turn on. Only the gate imports ``write`` and ``read``.
"""
