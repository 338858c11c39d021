"""The program of README.md, run as it stands there: only the issuer's address is another."""

import re
import threading
import unittest
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .sample import SampleIssuer

PAGE = Path(__file__).parent.parent / "README.md"


class TheProgramOfTheReadme(unittest.TestCase):
    def test_releases_once_per_proof(self) -> None:
        issuer = SampleIssuer()
        self.addCleanup(issuer.close)
        (source,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        self.assertIn("https://attest.example", source)
        program: dict[str, Any] = {}
        exec(source.replace("https://attest.example", issuer.url), program)
        program["Broker"].log_message = lambda *_: None
        server = ThreadingHTTPServer(("127.0.0.1", 0), program["Broker"])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        headers = dict(issuer.headers(issuer.token(), "one"))

        def ask(headers: dict[str, str]) -> tuple[int, str]:
            connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
            self.addCleanup(connection.close)
            connection.request("POST", "/keys/model", headers=headers)
            response = connection.getresponse()
            return response.status, response.read().decode()

        self.assertEqual(ask(headers), (200, "the key of llm-serving, version 42\n"))
        status, body = ask(headers)
        self.assertEqual(status, 401)
        self.assertIn('"code": "proof_replayed"', body)


if __name__ == "__main__":
    unittest.main()
