"""Proofs that were used, remembered for as long as they could be used again."""

import threading
from datetime import datetime
from typing import Protocol


class ReplayMemoryFull(Exception):
    """Nothing more can be remembered: forgetting an older proof would let it be used again."""


class ReplayStore(Protocol):
    """Where proofs are remembered. Several processes that serve one address need one that they share."""

    @property
    def since(self) -> datetime | None:
        """When it began to remember: proofs made by then are refused, since nobody knows whether they were used. None for
        stores that outlive their processes."""

    def spend(self, proof: str, until: datetime, at: datetime, holder: str) -> bool:
        """True the first time, false when the same text was spent before and `until` had not passed; all at once, however
        many ask. `holder` is the thumbprint of the key that made the proof. Raises ReplayMemoryFull when it can remember no
        more."""


# Some hundred bytes each. Only proofs of those who hold a good token and its key take a place.
REPLAY_CAPACITY = 100_000
# Into how many parts the places are divided: none is for one key alone, so that its holder leaves some for others.
_SHARES = 10
# Seconds between two looks for places that are free again: each goes through all of them.
_SWEEP = 1


class ReplayMemory:
    """In the memory of this process, which begins at `since`. Safe for threads."""

    def __init__(self, since: datetime, capacity: int = REPLAY_CAPACITY) -> None:
        self._since = since
        self._capacity = capacity
        self._share = -(-capacity // _SHARES)
        self._lock = threading.Lock()
        # Proof → its holder, and its end in seconds since 1970.
        self._used: dict[str, tuple[str, float]] = {}
        self._places: dict[str, int] = {}
        self._swept_at: float | None = None

    @property
    def since(self) -> datetime:
        return self._since

    def spend(self, proof: str, until: datetime, at: datetime, holder: str) -> bool:
        now = at.timestamp()
        with self._lock:
            before = self._used.get(proof)
            if before is not None:
                if before[1] >= now:
                    return False
                self._forget(proof)
            if self._is_full(holder):
                self._sweep(now)
            if self._is_full(holder):
                raise ReplayMemoryFull("no place for another proof")
            self._used[proof] = (holder, until.timestamp())
            self._places[holder] = self._places.get(holder, 0) + 1
            return True

    def _is_full(self, holder: str) -> bool:
        return len(self._used) >= self._capacity or self._places.get(holder, 0) >= self._share

    def _forget(self, proof: str) -> None:
        holder, _ = self._used.pop(proof)
        self._places[holder] -= 1
        if self._places[holder] == 0:
            del self._places[holder]

    def _sweep(self, now: float) -> None:
        if self._swept_at is not None and 0 <= now - self._swept_at < _SWEEP:
            return
        self._swept_at = now
        for proof in [proof for proof, (_, end) in self._used.items() if end < now]:
            self._forget(proof)
