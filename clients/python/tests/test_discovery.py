"""How long an issuer is waited for."""

import socket
import ssl
import time
import unittest

from assay_client.discovery import _connection_to


class AConnection(unittest.TestCase):
    def test_that_comes_to_be_after_the_end_is_not_used(self) -> None:
        # Nobody accepts here: the system connects all the same, and nothing is ever answered.
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"http://127.0.0.1:{server.getsockname()[1]}/"
            tls = ssl.create_default_context()
            with self.assertRaises(TimeoutError), _connection_to(address, time.monotonic() - 60, tls):
                self.fail("it was used")


if __name__ == "__main__":
    unittest.main()
