"""The gate: the one door, and the only place where everything meets.

Start reading in ``gate``: the ten steps of a request, in the order in which they happen. Each
step's own file lies beside it: ``parse``, ``known``, ``narrow``, ``entries``, ``acts``.
``release`` is the one exception: the safe side of custody asks nobody's permission.
``administer`` makes what two must sign.
"""
