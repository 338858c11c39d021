"""Token and proof in the header of a request (RFC 9449, section 7.1; RFC 6750, section 2.1)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from .refused import TokenRefused

# RFC 9110, section 11.4: a scheme, blanks, and the characters of a token68.
_CREDENTIALS = re.compile(r"(?P<scheme>[A-Za-z]+) +(?P<token>[A-Za-z0-9._~+/-]+=*)")


class _Headers(Protocol):
    """As those of http.server and of most frameworks: pairs, in which a name may stand twice."""

    def items(self) -> Iterable[tuple[str, str]]: ...


RequestHeaders = Mapping[str, str] | _Headers | Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Presented:
    bearer: bool
    """Scheme Bearer; else DPoP."""
    token: str
    proof: str | None
    """None: no header `DPoP`."""


def presented_in(headers: RequestHeaders) -> Presented:
    """Raises TokenRefused: nothing there, or more than once."""
    pairs = list(headers.items() if isinstance(headers, Mapping) or hasattr(headers, "items") else headers)
    authorization = _only_one(pairs, "authorization")
    if authorization is None:
        raise _refuse_absence("The request has no header Authorization.")
    match = _CREDENTIALS.fullmatch(authorization)
    scheme = "" if match is None else match["scheme"].lower()
    if match is None or scheme not in ("dpop", "bearer"):
        raise _refuse_absence("The header Authorization holds no token of the scheme DPoP or Bearer.")
    return Presented(scheme == "bearer", match["token"], _only_one(pairs, "dpop"))


def _only_one(pairs: list[tuple[str, str]], name: str) -> str | None:
    values = [value for key, value in pairs if key.lower() == name]
    # Some servers join what came twice, and neither a token nor a proof has a comma.
    if len(values) > 1 or any("," in value for value in values):
        raise refuse_request(f"The request has more than one header {name}.")
    return values[0] if values else None


def refuse_request(detail: str) -> TokenRefused:
    """A request that two readers could take for two."""
    return TokenRefused("request_unclear", detail)


def _refuse_absence(detail: str) -> TokenRefused:
    return TokenRefused("token_missing", detail)
