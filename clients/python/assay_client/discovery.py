"""The public keys of an issuer, found from its URL alone (OpenID Connect Discovery 1.0, RFC 7517). No redirect is followed,
replies are bounded, documents are read strictly and must be about the issuer that was asked."""

import base64
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jwt import PyJWK, PyJWKError
from jwt.exceptions import InvalidKeyError

from .compact_jws import decode_base64url
from .http_uri import canonical_http_uri, origin_of
from .strict_json import JsonObject, Unsound, parse_object

# Algorithms that services sign tokens by.
TOKEN_ALGS = ("ES256", "RS256")
# Seconds for both documents, and bytes of one.
PATIENCE = 5.0
_MAX_DOCUMENT = 256 * 1024
# A set has a few keys, even amid rotation.
_MAX_KEYS = 64
# Bits of the shortest RSA modulus that is taken: RFC 7518, section 3.3.
_MIN_MODULUS = 2048

PRIVATE_MEMBERS = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))


class IssuerFault(Exception):
    """The issuer could not be asked, or did not answer like one; the message says why, in words for the operator."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    alg: str
    key: Any
    """As the algorithm of PyJWT wants it."""


def fetch_issuer_keys(issuer: str, tls: ssl.SSLContext) -> dict[str, IssuerKey]:
    """By key id. Raises IssuerFault."""
    end = time.monotonic() + PATIENCE
    document = _fetch_document(f"{issuer}/.well-known/openid-configuration", end, tls)
    if document.get("issuer") != issuer:
        raise IssuerFault(f"the discovery document under {issuer} speaks for another issuer")
    address = document.get("jwks_uri")
    canonical = canonical_http_uri(address) if isinstance(address, str) else None
    own = canonical_http_uri(issuer)
    # Whoever serves the document could name any host; keys are the issuer's own.
    if canonical is None or own is None or origin_of(canonical) != origin_of(own):
        raise IssuerFault(f"the discovery document of {issuer} names keys that do not lie beside it")
    return _read_keys(_fetch_document(str(address), end, tls), str(address))


def _fetch_document(address: str, end: float, tls: ssl.SSLContext) -> JsonObject:
    try:
        with _connection_to(address, end, tls) as connection:
            parts = urlsplit(address)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", target, headers={"Accept": "application/json"})
            response = connection.getresponse()
            if response.status != 200:
                raise IssuerFault(f"{address} answered {response.status}")
            body = response.read(_MAX_DOCUMENT + 1)
            # A connection that was cut off at the end reads like one that came to it.
            if response.length not in (None, 0) and len(body) <= _MAX_DOCUMENT:
                raise IssuerFault(f"{address} does not answer to the end")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise IssuerFault(f"{address} does not answer ({type(error).__name__})") from error
    if time.monotonic() > end:
        raise IssuerFault(f"{address} does not answer in time")
    if len(body) > _MAX_DOCUMENT:
        raise IssuerFault(f"{address} answered more than {_MAX_DOCUMENT} bytes")
    try:
        return parse_object(body)
    except Unsound as error:
        raise IssuerFault(f"{address} did not answer with a sound JSON object") from error


@contextmanager
def _connection_to(address: str, end: float, tls: ssl.SSLContext) -> Iterator[http.client.HTTPConnection]:
    """A connection that is cut off at the end of patience: the time limit of a socket is for each of its reads alone."""
    parts = urlsplit(address)
    left = max(end - time.monotonic(), 0.001)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=left, context=tls)
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=left)
    watch = threading.Timer(left, _cut_off, (connection,))
    watch.daemon = True
    watch.start()
    try:
        connection.connect()
        # The watch found nothing to cut off if it went by before there was a connection.
        if time.monotonic() > end:
            raise TimeoutError
        yield connection
    finally:
        watch.cancel()
        connection.close()


def _cut_off(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        try:
            # Not that of TLS, which would speak to the other side first.
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
        except OSError:
            # It ended by itself a moment ago.
            return


def _read_keys(document: JsonObject, address: str) -> dict[str, IssuerKey]:
    """Keys of other kinds and uses are left out: an issuer may publish more than this client reads."""
    keys = document.get("keys")
    if not isinstance(keys, list) or len(keys) > _MAX_KEYS:
        raise IssuerFault(f"{address} is not a set of at most {_MAX_KEYS} keys")
    found: dict[str, IssuerKey] = {}
    for jwk in keys:
        if not isinstance(jwk, dict):
            raise IssuerFault(f"{address} has a key that is none")
        if PRIVATE_MEMBERS & jwk.keys():
            raise IssuerFault(f"{address} publishes a private key: nothing signed by it means anything")
        kid, alg = jwk.get("kid"), jwk.get("alg")
        if alg not in TOKEN_ALGS or jwk.get("use") != "sig" or not isinstance(kid, str) or kid == "":
            continue
        if kid in found:
            raise IssuerFault(f"{address} has two keys of one id")
        found[kid] = IssuerKey(alg, _import_key(jwk, alg, address))
    return found


def _import_key(jwk: JsonObject, alg: str, address: str) -> Any:
    if alg == "ES256":
        fits = jwk.get("kty") == "EC" and jwk.get("crv") == "P-256" and all(
            len(_bytes_of(jwk.get(name))) == 32 for name in ("x", "y")
        )
        bare = {name: jwk.get(name) for name in ("kty", "crv", "x", "y")}
    else:
        modulus = int.from_bytes(_bytes_of(jwk.get("n")), "big")
        fits = jwk.get("kty") == "RSA" and isinstance(jwk.get("e"), str) and modulus.bit_length() >= _MIN_MODULUS
        bare = {name: jwk.get(name) for name in ("kty", "n", "e")}
    if not fits:
        raise IssuerFault(f"{address} has a key for {alg} that is of another kind, or too short")
    try:
        return PyJWK(bare, algorithm=alg).key
    except (InvalidKeyError, PyJWKError, ValueError) as error:
        raise IssuerFault(f"{address} has a key for {alg} that cannot be read") from error


def _bytes_of(value: Any) -> bytes:
    """Of base64url, or of padded base64, which some issuers write; empty for what is neither."""
    if not isinstance(value, str):
        return b""
    data = decode_base64url(value)
    if data is not None:
        return data
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return b""
