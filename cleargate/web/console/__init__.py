"""The pages for those who do not type commands: server-rendered, usable without a script.

A page asks the same gate as everything else and decides nothing by itself; ``routes.PAGES`` says of
each route whether it is a request, rests on one, or shows what is public. Start reading in
``pages`` (how a page comes to be) and ``visit`` (who looks, and in which language).
"""
