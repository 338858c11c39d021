"""Proofs of possession for one request (DPoP, RFC 9449): who shows a token that is bound to a key signs method, address and
instant with that key. Whoever asks brings the instant, and remembers which proofs it has seen."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jwt import PyJWK, PyJWKError
from jwt.exceptions import InvalidKeyError

from .compact_jws import CompactJws, decode_base64url, encode_base64url, split_compact_jws
from .discovery import PRIVATE_MEMBERS
from .http_uri import canonical_http_uri
from .refused import PROOF_ALGS, TokenRefused
from .signed_token import signature_holds
from .strict_json import JsonObject, Unsound, parse_object, whole_number

PROOF_WINDOW = 60
"""Seconds that a proof's `iat` may lie before the clock."""
_TYPE = "dpop+jwt"
# Characters. Proofs with the longest keys and addresses that are taken stay far below.
_MAX_LENGTH = 8192
# UTF-16 units, as in the other languages. Those who remember a `jti` keep its digest.
_MAX_JTI_LENGTH = 256


@dataclass(frozen=True, slots=True)
class _KeyKind:
    """A kind of key that tokens are bound to, the name of its algorithm in PyJWT, its coordinates and the bytes of each."""

    alg: str
    kty: str
    crv: str
    coordinates: tuple[str, ...]
    length: int


_EDWARDS = _KeyKind("EdDSA", "OKP", "Ed25519", ("x",), 32)
_KEY_KINDS = {
    "ES256": _KeyKind("ES256", "EC", "P-256", ("x", "y"), 32),
    "ES384": _KeyKind("ES384", "EC", "P-384", ("x", "y"), 48),
    "EdDSA": _EDWARDS,
    "Ed25519": _EDWARDS,
}


@dataclass(frozen=True, slots=True)
class ProofQuestion:
    proof: str
    method: str
    url: str
    """Where the request went, in the form of `canonical_http_uri`."""
    token: str
    thumbprint: str
    """What the token is bound to."""
    at: datetime


def verify_proof(question: ProofQuestion) -> tuple[str, int]:
    """`jti` and `iat`, after all the checks of RFC 9449, section 4.3, but for `nonce`, which nobody hands out here. Raises
    TokenRefused."""
    header, claims, jws = _read_proof(question.proof)
    if header.get("typ") != _TYPE:
        raise refuse_proof("type", f"its type is not {_TYPE}")
    if "crit" in header:
        raise refuse_proof("malformed", "its header has critical members, and none are known")
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in _KEY_KINDS:
        raise refuse_proof("algorithm", f"its algorithm is none of {', '.join(PROOF_ALGS)}")
    kind = _KEY_KINDS[alg]
    jwk = _public_jwk_of(header.get("jwk"), kind)
    try:
        key = PyJWK(jwk, algorithm=kind.alg).key
    except (InvalidKeyError, PyJWKError, ValueError) as error:
        raise refuse_proof("key", "its key is no point of its curve") from error
    if not signature_holds(jws, kind.alg, key):
        raise refuse_proof("signature", "its signature is not by the key that it names")
    proof = _require_claims(claims, question)
    if _thumbprint_of(jwk) != question.thumbprint:
        raise TokenRefused(
            "key_mismatch",
            "The DPoP proof does not count: the token is bound to another key than the one that signed.",
            "thumbprint",
        )
    return proof


def _read_proof(proof: str) -> tuple[JsonObject, JsonObject, CompactJws]:
    """Neither of its JSON documents says a thing twice."""
    if len(proof) > _MAX_LENGTH:
        raise refuse_proof("malformed", f"it is longer than {_MAX_LENGTH} characters")
    jws = split_compact_jws(proof)
    if jws is None:
        raise refuse_proof("malformed", "it is not one signed JWT in compact form")
    try:
        return parse_object(jws.header), parse_object(jws.payload), jws
    except Unsound as error:
        raise refuse_proof("malformed", "its header or its claims are not one sound JSON object") from error


def _public_jwk_of(jwk: Any, kind: _KeyKind) -> dict[str, str]:
    """What RFC 7638 hashes of the header's key, each coordinate in its one spelling."""
    if not isinstance(jwk, dict):
        raise refuse_proof("key", "its header has no `jwk`")
    if PRIVATE_MEMBERS & jwk.keys():
        raise refuse_proof("key", "its key came with the private half; throw that key away")
    if jwk.get("kty") != kind.kty or jwk.get("crv") != kind.crv:
        raise refuse_proof("key", f"its algorithm signs with a key of kind {kind.kty} {kind.crv}")
    if "use" in jwk and jwk["use"] != "sig":
        raise refuse_proof("key", "its key is not for signatures")
    reduced = {"crv": kind.crv, "kty": kind.kty}
    for name in kind.coordinates:
        text = jwk.get(name)
        if not isinstance(text, str) or len(decode_base64url(text) or b"") != kind.length:
            raise refuse_proof("key", f"`{name}` of its key is not base64url of {kind.length} bytes")
        reduced[name] = text
    return reduced


def _thumbprint_of(jwk: dict[str, str]) -> str:
    """RFC 7638: members in the order of their names, none of which needs an escape."""
    members = ",".join(f'"{name}":"{value}"' for name, value in sorted(jwk.items()))
    return digest_of(f"{{{members}}}")


def _require_claims(claims: JsonObject, question: ProofQuestion) -> tuple[str, int]:
    if claims.get("htm") != question.method:
        raise refuse_proof("method", "`htm` names another method than that of the request")
    htu = claims.get("htu")
    if not isinstance(htu, str) or canonical_http_uri(htu) != question.url:
        raise refuse_proof("url", f"`htu` does not name {question.url}")
    now = question.at.timestamp()
    iat = whole_number(claims.get("iat"))
    if iat is None or abs(now - iat) > PROOF_WINDOW:
        raise refuse_proof("time", f"`iat` is not a whole second within {PROOF_WINDOW} seconds of this clock")
    # Claims that a proof need not have, and that count where it does (RFC 7519, sections 4.1.4 and 4.1.5).
    begins = "nbf" not in claims or (_is_number(claims["nbf"]) and claims["nbf"] <= now + PROOF_WINDOW)
    lasts = "exp" not in claims or (_is_number(claims["exp"]) and claims["exp"] > now)
    if not begins or not lasts:
        raise refuse_proof("time", "it has ended, or has not begun")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti.encode("utf-16-le")) // 2 <= _MAX_JTI_LENGTH:
        raise refuse_proof("jti", f"`jti` is not a text of 1 to {_MAX_JTI_LENGTH} characters")
    if claims.get("ath") != digest_of(question.token):
        raise refuse_proof("token", "`ath` is not the digest of the token that came with it")
    return jti, iat


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def digest_of(text: str) -> str:
    """SHA-256 in base64url."""
    return encode_base64url(hashlib.sha256(text.encode("utf-8")).digest())


def refuse_proof(reason: str, why: str) -> TokenRefused:
    return TokenRefused("proof_invalid", f"The DPoP proof does not count: {why}.", reason)
