"""The steps of the proof, in their order. Each says what it has seen, or raises ProofError."""

from __future__ import annotations

from proving import asking, ending, selling, updating

STEPS = (*asking.STEPS, *selling.STEPS, *updating.STEPS, *ending.STEPS)
