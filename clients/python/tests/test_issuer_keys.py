"""Who waits for a question to the issuer, and who does not."""

import queue
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from assay_client import TokenRefused
from assay_client.discovery import IssuerFault, IssuerKey
from assay_client.issuer_keys import FRESH, RETRY, IssuerKeys

KEY = IssuerKey("ES256", None)


class TheKeys(unittest.TestCase):
    def setUp(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.questions = 0
        self.answers: queue.Queue[dict[str, IssuerKey] | None] = queue.Queue()
        """None: the issuer is away."""
        self.keys = IssuerKeys(self.fetch, lambda: self.now)

    def fetch(self) -> dict[str, IssuerKey]:
        self.questions += 1
        answer = self.answers.get(timeout=60)
        if answer is None:
            raise IssuerFault("away")
        return answer

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def test_are_not_waited_for_by_those_who_can_be_served_once_the_issuer_has_failed(self) -> None:
        self.answers.put({"old": KEY})
        self.keys.key_of("old")
        self.advance(FRESH)
        self.answers.put(None)
        self.keys.key_of("old")
        # From here the question stays open: whoever waited for it would give it up, and its answer would be lost.
        self.advance(RETRY)
        for _ in range(3):
            self.keys.key_of("old")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(self.keys.key_of, "new")
            self.answers.put({"new": KEY})
            waiting.result()
        with self.assertRaises(TokenRefused) as raised:
            self.keys.key_of("old")
        self.assertEqual(raised.exception.code, "token_key_unknown")
        self.assertEqual(self.questions, 3)

    def test_leave_a_token_undecided_when_the_question_meets_a_fault(self) -> None:
        def fetch() -> dict[str, IssuerKey]:
            raise ZeroDivisionError

        keys = IssuerKeys(fetch, lambda: self.now)
        # The thread's own report belongs on standard error, not among the output of tests.
        hook, threading.excepthook = threading.excepthook, lambda _: None
        self.addCleanup(setattr, threading, "excepthook", hook)
        with self.assertRaises(TokenRefused) as raised:
            keys.key_of("old")
        self.assertEqual(raised.exception.code, "issuer_unreachable")


if __name__ == "__main__":
    unittest.main()
