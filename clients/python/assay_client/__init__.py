"""Attestation tokens of an Assay issuer, verified for relying parties.

From the URL of an issuer and the name of an audience to typed claims, with proof of possession (DPoP, RFC 9449) that
counts once. Answers as `assay/client` does in Node.js and the package `assay` in Go, by the same codes; docs/clients.md
of the project says what is kept, for how long, and what each code means.
"""

from .possession import ShownProof
from .refused import REFUSALS, Refusal, Reply, TokenRefused
from .replay_memory import ReplayMemory, ReplayMemoryFull, ReplayStore
from .verified_token import Facts, VerifiedToken
from .verifier import Verifier

__all__ = [
    "REFUSALS",
    "Facts",
    "Refusal",
    "Reply",
    "ReplayMemory",
    "ReplayMemoryFull",
    "ReplayStore",
    "ShownProof",
    "TokenRefused",
    "VerifiedToken",
    "Verifier",
]
