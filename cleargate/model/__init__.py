"""The words of the field as frozen types; no input or output happens here.

Every other floor speaks in these types. Start with ``words`` (outcomes, layers, purposes), then
``actions`` (what can be asked), ``request``, ``decision``, and ``ticket`` (what a permit turns
into).
"""
