"""Engines under the stores: how a database is opened, locked, versioned, and how its faults are
named.

Each store is a file of its own; no transaction spans two. Start with ``sqlite.Store``.
"""
