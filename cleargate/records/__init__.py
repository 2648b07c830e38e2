"""The records: what an extract may hold, how it gets in, and how a permitted search reads it.

Touches ``records.db`` and the extract files that it is given; what may be seen is law, and comes
down to this floor as the filter of a ticket. Start with ``catalogue`` (data sets, columns, masks),
then ``search`` (one page or all of them for one ticket) and ``write`` (one import for one ticket).
Only the gate imports ``search``, ``write`` and ``statistics``.
"""
