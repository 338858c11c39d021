"""The keys of one issuer, kept in memory within stated limits: asked for anew every five minutes, believed for a day while the
issuer does not answer, and asked for out of turn when a token names a key that nobody knows. Safe for threads."""

import threading
from collections.abc import Callable
from datetime import datetime

from .discovery import PATIENCE, IssuerFault, IssuerKey
from .refused import TokenRefused

# Seconds; docs/clients.md names these figures.
# So long no question is asked. A key that was removed in an emergency is believed no longer than this.
FRESH = 5 * 60
# So long keys serve on while the issuer does not answer.
STALE = 24 * 3600
# Between two questions to an issuer that does not answer.
RETRY = 5
# Between two questions because of a key id that is not there: anybody can make up one.
UNKNOWN = 30

# A question ends by itself after PATIENCE; a resolver of names that hangs is left to itself this much later.
_GRACE = 1.0

Keys = dict[str, IssuerKey]


class IssuerKeys:
    """`fetch` raises IssuerFault. All who need keys share one question, which a thread of its own asks: those who can be
    served from what is kept need not wait for it."""

    def __init__(self, fetch: Callable[[], Keys], now: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._now = now
        self._lock = threading.Lock()
        self._kept: Keys | None = None
        self._fetched_at = 0.0
        # The end of the last question: one to an issuer that is silent takes a while itself.
        self._asked_at: float | None = None
        self._fault: str | None = None
        self._flight: threading.Event | None = None

    def key_of(self, kid: str) -> IssuerKey:
        """Raises TokenRefused: `token_key_unknown`, or `issuer_unreachable` where nobody can tell."""
        known = self.current(kid).get(kid)
        if known is not None:
            return known
        with self._lock:
            due = self._flight is not None or self._rested_for(UNKNOWN)
            flight = self._ask_together() if due else None
        if flight is not None:
            self._await(flight)
        found = self.current().get(kid)
        if found is not None:
            return found
        with self._lock:
            if self._fault is not None:
                raise _unreachable(self._fault)
        raise TokenRefused("token_key_unknown", "The issuer publishes no key of the id that the token names.")

    def current(self, kid: str | None = None) -> Keys:
        """Keys that may be used, after asking for them when it is time; `kid`: what the caller is after. Raises TokenRefused
        `issuer_unreachable` when there are none."""
        self._refresh(kid)
        with self._lock:
            keys = self._usable()
            if keys is None:
                raise _unreachable(self._fault or "those kept are too old")
            return keys

    def _refresh(self, kid: str | None) -> None:
        """Asks when it is time. The first question after keys were fresh is waited for, since one of them may have been
        removed. While the issuer fails, those who can be served from what is kept no longer wait: the answer is for those
        after them. A failure that is long past says nothing of now."""
        with self._lock:
            served = kid in (self._usable() or {})
            fresh = self._kept is not None and _is_within(self._fetched_at, self._time(), FRESH)
            if fresh or (self._flight is None and not self._rested_for(RETRY)):
                return
            failing = self._fault is not None and not self._rested_for(FRESH)
            flight = self._ask_together()
        if not (failing and served):
            self._await(flight)

    def _ask_together(self) -> threading.Event:
        """Begins a question unless one is under way. The lock is held."""
        if self._flight is None:
            self._flight = threading.Event()
            thread = threading.Thread(target=self._ask, args=(self._flight, self._time()), daemon=True)
            thread.start()
        return self._flight

    def _ask(self, flight: threading.Event, at: float) -> None:
        keys: Keys | None = None
        fault: str | None = "the question met a fault of this client"
        try:
            keys, fault = self._fetch(), None
        except IssuerFault as error:
            fault = str(error)
        finally:
            self._end(flight, keys, fault, at)

    def _end(self, flight: threading.Event, keys: Keys | None, fault: str | None, at: float) -> None:
        with self._lock:
            # Nobody waits any more for one that was given up.
            if self._flight is flight:
                self._flight = None
                self._asked_at = self._time()
                self._fault = fault
                if keys is not None:
                    self._kept, self._fetched_at = keys, at
        flight.set()

    def _await(self, flight: threading.Event) -> None:
        if not flight.wait(PATIENCE + _GRACE):
            self._end(flight, None, "it does not answer in time", 0.0)

    def _usable(self) -> Keys | None:
        """The lock is held, as for the next one."""
        return self._kept if _is_within(self._fetched_at, self._time(), STALE) else None

    def _rested_for(self, seconds: float) -> bool:
        """True where the last question is so long ago; a clock that was set back does not stop questions."""
        return self._asked_at is None or not _is_within(self._asked_at, self._time(), seconds)

    def _time(self) -> float:
        """Seconds by the wall clock: the monotonic one may stand still while a machine sleeps."""
        return self._now().timestamp()


def _is_within(since: float, now: float, seconds: float) -> bool:
    return 0 <= now - since < seconds


def _unreachable(fault: str) -> TokenRefused:
    return TokenRefused("issuer_unreachable", f"The keys of the issuer cannot be had: {fault}.")
