"""The form of claims: members with their types, or a refusal that names the member."""

from typing import Any

from .refused import TokenRefused


def text_of(value: Any, name: str) -> str:
    """Some text; `name` is that of the claim."""
    if not isinstance(value, str) or value == "":
        raise refuse_claims(f"`{name}` is not a text")
    return value


def refuse_claims(why: str) -> TokenRefused:
    """The token is authentic, and not what such a token is."""
    return TokenRefused("token_claims", f"The claims are not those of an attestation token: {why}.")
