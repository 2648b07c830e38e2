"""Cleargate: the one door between a jurisdiction's records and custody and everyone who asks.

Start reading in ``gate/gate.py``: the ten steps of a request, in the order in which they happen.
"""

__version__ = "0.1.0"
