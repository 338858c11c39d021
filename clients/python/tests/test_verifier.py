"""What a table of cases cannot show: types, threads, replies, authorities of one's own."""

import ipaddress
import json
import ssl
import tempfile
import threading
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from assay_client import REFUSALS, TokenRefused, Verifier

from .sample import ADDRESS, AUDIENCE, SampleIssuer, thumbprint_of


class WithIssuer(unittest.TestCase):
    def setUp(self) -> None:
        self.issuer = SampleIssuer()
        self.addCleanup(self.issuer.close)
        self.token = self.issuer.token()
        self.proven = thumbprint_of(self.issuer.holder)

    def verifier(self, **options: Any) -> Verifier:
        return Verifier(self.issuer.url, AUDIENCE, **options)

    def code_of(self, verifier: Verifier, headers: list[tuple[str, str]]) -> str:
        try:
            verifier.verify_request("POST", ADDRESS, headers)
        except TokenRefused as refused:
            return refused.code
        return "accepted"


class ARequest(WithIssuer):
    def test_of_the_holder_is_read_into_typed_claims(self) -> None:
        verifier = self.verifier(workloads=["llm-serving"])
        token = self.issuer.token(eat_nonce="n", more=[1, "é"])
        verified = verifier.verify_request("POST", ADDRESS, self.issuer.headers(token, "one"))
        self.assertEqual((verified.att.tenant, verified.att.workload), ("acme", "llm-serving"))
        self.assertEqual((verified.att.reference_version, verified.att.simulated), (42, False))
        self.assertEqual((verified.nonce, verified.status), ("n", "affirming"))
        self.assertEqual(verified.key_thumbprint, self.proven)
        self.assertEqual(verified.expires_at - verified.issued_at, timedelta(minutes=5))
        self.assertEqual(verified.claims["more"], [1, "é"])

    def test_may_bring_its_headers_as_a_mapping(self) -> None:
        headers = dict(self.issuer.headers(self.token, "one"))
        self.assertEqual(self.verifier().verify_request("POST", ADDRESS, headers).audience, AUDIENCE)

    def test_counts_once_however_many_threads_send_it(self) -> None:
        verifier = self.verifier()
        headers = self.issuer.headers(self.token, "same")
        with ThreadPoolExecutor(20) as pool:
            codes = Counter(pool.map(lambda _: self.code_of(verifier, headers), range(40)))
        self.assertEqual(codes, {"accepted": 1, "proof_replayed": 39})
        self.assertEqual(self.issuer.questions, 1)

    def test_of_a_thief_is_answered_with_a_problem(self) -> None:
        with self.assertRaises(TokenRefused) as raised:
            self.verifier().verify_request("POST", ADDRESS, self.issuer.headers(self.token, "one")[:1])
        status, headers, body = raised.exception.reply()
        document = json.loads(body)
        self.assertEqual((status, document["code"], document["title"]), (401, "proof_missing", "Unauthorized"))
        self.assertTrue(headers["WWW-Authenticate"].startswith('DPoP error="invalid_dpop_proof", error_description="'))
        self.assertNotIn(self.token.split(".")[1], body)


class TheKeys(WithIssuer):
    def test_are_asked_for_by_one_and_waited_for_by_all(self) -> None:
        release = threading.Event()
        self.issuer.pause = lambda: self.assertTrue(release.wait(10))
        verifier = self.verifier()
        with ThreadPoolExecutor(10) as pool:
            waiting = [pool.submit(verifier.verify, self.token, proven_thumbprint=self.proven) for _ in range(10)]
            release.set()
            subjects = {future.result().subject for future in waiting}
        self.assertEqual(subjects, {"tenant:acme:workload:llm-serving"})
        self.assertEqual(self.issuer.questions, 1)

    def test_come_by_tls_from_who_has_a_certificate_that_is_trusted(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            server = _tls_of_localhost(Path(folder))
            issuer = SampleIssuer(server)
            self.addCleanup(issuer.close)
            own = ssl.create_default_context(cafile=str(Path(folder) / "certificate.pem"))
        Verifier(issuer.url, AUDIENCE, tls=own).load_keys()
        with self.assertRaises(TokenRefused) as raised:
            Verifier(issuer.url, AUDIENCE).load_keys()
        self.assertEqual(raised.exception.code, "issuer_unreachable")


class Options(unittest.TestCase):
    def test_that_cannot_be_meant_are_mistakes(self) -> None:
        good: dict[str, Any] = {"issuer": "https://attest.example", "audience": AUDIENCE}
        Verifier(**good)
        wrong: list[dict[str, Any]] = [
            {"issuer": "http://attest.example"},
            {"issuer": "https://attest.example/"},
            {"audience": ""},
            {"workloads": []},
            {"workloads": [""]},
            {"minimum_status": "contraindicated"},
            {"min_reference_version": 0},
            {"min_reference_version": "42"},
            {"algorithms": ["HS256"]},
            {"algorithms": "ES256"},
            {"allow_simulated": "no"},
            {"allow_bearer": 1},
            {"now": datetime.now},
        ]
        for options in wrong:
            with self.subTest(options), self.assertRaises(ValueError):
                Verifier(**{**good, **options})
        with self.assertRaises(TypeError):
            Verifier(**{**good, "workload": "llm-serving"})


class TheTable(unittest.TestCase):
    def test_has_words_for_every_code(self) -> None:
        self.assertGreater(len(REFUSALS), 20)
        for code, row in REFUSALS.items():
            self.assertEqual(row.code, code)
            self.assertTrue(row.status >= 400 and row.meaning and row.remedy)


def _tls_of_localhost(folder: Path) -> ssl.SSLContext:
    """A server's side, with a certificate of its own in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


if __name__ == "__main__":
    unittest.main()
