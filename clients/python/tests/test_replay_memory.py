"""Proofs that were used are remembered to their end, by all threads together, and by nobody at the cost of others."""

import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from assay_client import ReplayMemory, ReplayMemoryFull

BEGIN = datetime(2026, 11, 20, 12, tzinfo=UTC)
END = BEGIN + timedelta(minutes=1)


class AMemory(unittest.TestCase):
    def test_remembers_a_proof_to_its_end(self) -> None:
        memory = ReplayMemory(BEGIN)
        firsts = [memory.spend("proof", END, at, "holder") for at in (BEGIN, BEGIN, END)]
        self.assertEqual(firsts, [True, False, False])
        self.assertTrue(memory.spend("proof", END, END + timedelta(milliseconds=1), "holder"))

    def test_gives_a_holder_a_tenth_of_its_places(self) -> None:
        memory = ReplayMemory(BEGIN, 15)
        for proof in ("a", "b"):
            self.assertTrue(memory.spend(proof, END, BEGIN, "one"))
        with self.assertRaises(ReplayMemoryFull):
            memory.spend("c", END, BEGIN, "one")
        self.assertTrue(memory.spend("c", END, BEGIN, "another"))
        later = END + timedelta(seconds=1)
        self.assertTrue(memory.spend("d", later, later, "one"))

    def test_is_full_at_its_capacity_and_forgets_nothing(self) -> None:
        memory = ReplayMemory(BEGIN, 10)
        for index in range(10):
            self.assertTrue(memory.spend(f"{index}", END, BEGIN, f"holder {index}"))
        with self.assertRaises(ReplayMemoryFull):
            memory.spend("more", END, BEGIN, "another")
        self.assertFalse(memory.spend("0", END, BEGIN, "holder 0"))

    def test_spends_nothing_twice_however_many_threads_ask(self) -> None:
        memory = ReplayMemory(BEGIN)

        def spend_all(worker: int) -> list[str]:
            return [f"{index}" for index in range(500) if memory.spend(f"{index}", END, BEGIN, f"{worker}")]

        with ThreadPoolExecutor(8) as pool:
            firsts = Counter(proof for proofs in pool.map(spend_all, range(8)) for proof in proofs)
        self.assertEqual(firsts, {f"{index}": 1 for index in range(500)})


if __name__ == "__main__":
    unittest.main()
