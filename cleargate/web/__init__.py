"""The door as others reach it: an HTTP API over the gate.

It turns bytes into the fields of a request and an answer into bytes, and nothing more: who may ask
what is decided by the gate. It may touch the gate, and of the log only what is read. Start reading
in ``app``; ``requests`` and ``log_files`` hold the routes, ``problems`` what goes wrong.
"""
