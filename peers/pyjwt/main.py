"""PyJWT as a filter: a token with what its relying party expects per line of standard input, a verdict per line of output.

Keys are found as a broker finds them: the issuer's discovery document names the JWK set, PyJWT fetches and keeps it.
"""

import json
import sys
import urllib.request

import jwt

# Seconds between the clocks of a broker and of the service.
LEEWAY = 5


def keys_of(issuer):
    """OpenID Connect Discovery 1.0, 4.3: the issuer in the document must be the one that was asked."""
    with urllib.request.urlopen(issuer.removesuffix("/") + "/.well-known/openid-configuration", timeout=10) as reply:
        document = json.load(reply)
    if document["issuer"] != issuer:
        raise SystemExit(f"asked {issuer}, and {document['issuer']} answered")
    return jwt.PyJWKClient(document["jwks_uri"], timeout=10)


def verify(asked, keys):
    """Raises jwt.PyJWTError for what is not to be believed."""
    token = asked["token"]
    jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token),
        algorithms=["ES256", "RS256"],
        issuer=asked["issuer"],
        audience=asked["audience"],
        leeway=LEEWAY,
        options={"require": ["iss", "sub", "aud", "iat", "nbf", "exp", "jti"]},
    )


def main():
    known = {}
    for line in sys.stdin:
        asked = json.loads(line)
        issuer = asked["issuer"]
        if issuer not in known:
            known[issuer] = keys_of(issuer)
        verdict, reason = "accept", ""
        try:
            verify(asked, known[issuer])
        except jwt.PyJWTError as error:
            verdict, reason = "reject", f"{type(error).__name__}: {error}"
        print(json.dumps({"id": asked["id"], "verdict": verdict, "reason": reason}), flush=True)


if __name__ == "__main__":
    main()
