"""An issuer on a socket with one key, and the one holder that it makes tokens for."""

import json
import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from assay_client.compact_jws import encode_base64url
from assay_client.dpop import digest_of

AUDIENCE = "key-broker"
ADDRESS = "https://broker.example/keys/model"
PROFILE = "tag:ietf.org,2026:rats/ear#04"


class SampleIssuer:
    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.holder = ec.generate_private_key(ec.SECP256R1())
        self.questions = 0
        self.pause: Callable[[], None] = lambda: None
        """Told before the keys are answered."""
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(issuer._document(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Tests are quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        scheme = "http"
        if tls is not None:
            scheme = "https"
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _document(self, path: str) -> dict[str, Any]:
        if path != "/.well-known/jwks.json":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/.well-known/jwks.json"}
        self.questions += 1
        self.pause()
        return {"keys": [{**public_jwk(self.key), "kid": "key-1", "alg": "ES256", "use": "sig"}]}

    def token(self, **changes: Any) -> str:
        """A good one, bound to the holder's key, with claims replaced."""
        now = int(time.time())
        claims = {
            **{"iss": self.url, "aud": AUDIENCE, "sub": "tenant:acme:workload:llm-serving", "jti": "jti-1"},
            **{"iat": now, "nbf": now, "exp": now + 300, "eat_profile": PROFILE, "ear_status": "affirming"},
            "submods": {"cpu0": {"ear_status": "affirming"}},
            "cnf": {"jkt": thumbprint_of(self.holder)},
            "att": {
                **{"v": 1, "tenant": "acme", "workload": "llm-serving", "reference_version": 42, "tee": "sev-snp"},
                **{"generation": "genoa", "debug": False, "simulated": False, "tcb_status": "UpToDate"},
                **{"tcb_source": "x", "tcb_date": "", "tcb_in_grace": False, "measurement": "a5"},
                **{"policy": "standard@7", "policy_digest": "5a", "decision": "dec_1", "evidence_digest": "3c"},
                **{"devices": "none", "fresh": "challenge"},
            },
        }
        return jwt.encode({**claims, **changes}, self.key, algorithm="ES256", headers={"kid": "key-1"})

    def headers(self, token: str, jti: str) -> list[tuple[str, str]]:
        """Of the sample request, with a proof by the holder."""
        # A second ahead, so that a memory that begins within this second takes it.
        iat = int(time.time()) + 1
        claims = {"htm": "POST", "htu": ADDRESS, "iat": iat, "jti": jti, "ath": digest_of(token)}
        header = {"typ": "dpop+jwt", "jwk": public_jwk(self.holder)}
        proof = jwt.encode(claims, self.holder, algorithm="ES256", headers=header)
        return [("Authorization", f"DPoP {token}"), ("DPoP", proof)]


def public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {name: jwk[name] for name in ("kty", "crv", "x", "y")}


def thumbprint_of(key: ec.EllipticCurvePrivateKey) -> str:
    numbers = key.public_key().public_numbers()
    x, y = (encode_base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return digest_of(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}')
