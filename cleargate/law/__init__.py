"""The law: packs as files, the book in force, and one decision for each request.

A pure library: it gets facts as values and gives back a ``Decision``; it knows no store, no clock
and no log. Start reading in ``combine`` (from rules to an outcome), then ``decide`` (one question
to Cedar), then ``book`` (how packs become policy sets) and ``pack`` (how files become rules).
Where some facts are open, ``lower`` makes a rule a condition on them; ``world`` says what is open.
"""
