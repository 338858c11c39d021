"""A token's signature: nothing in a token is believed before it holds under a key that the issuer publishes."""

from collections.abc import Sequence

from jwt import PyJWS

from .compact_jws import CompactJws, split_compact_jws
from .issuer_keys import IssuerKeys
from .refused import TokenRefused
from .strict_json import JsonObject, Unsound, parse_object

# Characters: the hard limit of the service, whatever the profile.
_MAX_LENGTH = 8192
# Header types of attestation tokens (RFC 7519, section 5.1). A proof or a signed list is none.
_TYPES = ("jwt", "at+jwt", "eat+jwt")
_SIGNATURES = PyJWS()


def authenticate_token(token: str, keys: IssuerKeys, algorithms: Sequence[str]) -> JsonObject:
    """The claims of a token whose signature holds. What has to be read beforehand is read here, strictly, and PyJWT verifies
    the signature. Raises TokenRefused."""
    header, jws = _read_token(token)
    alg, kid, typ = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(alg, str) or alg not in algorithms:
        raise TokenRefused("token_algorithm", f"The token is not signed by {' or '.join(algorithms)}.")
    if not isinstance(typ, str) or typ.lower() not in _TYPES:
        raise _malformed("its header names another type")
    if "crit" in header:
        raise _malformed("its header asks for what is not offered")
    # The key is the issuer's own: one that came along in the header would vouch for itself (RFC 8725, section 3.10).
    if not isinstance(kid, str) or kid == "":
        raise _malformed("its header names no key id")
    published = keys.key_of(kid)
    if published.alg != alg:
        raise TokenRefused("token_algorithm", f"The key that the token names signs by {published.alg}.")
    if not signature_holds(jws, alg, published.key):
        raise TokenRefused("token_signature", "The signature does not hold under the key that the token names.")
    try:
        return parse_object(jws.payload)
    except Unsound as error:
        raise _malformed("its claims are not one sound JSON object") from error


def signature_holds(jws: CompactJws, alg: str, key: object) -> bool:
    """By the algorithms of PyJWT."""
    return _SIGNATURES.get_algorithm_by_name(alg).verify(jws.signed, key, jws.signature)


def _read_token(token: str) -> tuple[JsonObject, CompactJws]:
    if len(token) > _MAX_LENGTH:
        raise _malformed(f"it is longer than {_MAX_LENGTH} characters")
    if token.count(".") == 4:
        raise _malformed("it is encrypted; whoever holds the key decrypts it first")
    jws = split_compact_jws(token)
    if jws is None:
        raise _malformed("it is not one signed JWT in compact form")
    try:
        return parse_object(jws.header), jws
    except Unsound as error:
        raise _malformed("its header is not one sound JSON object") from error


def _malformed(why: str) -> TokenRefused:
    return TokenRefused("token_malformed", f"The token cannot be read: {why}.")
