"""The one error by which the client says no, and what an HTTP server answers with."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Literal, NamedTuple

Kind = Literal["absent", "refused", "unwanted", "undecided", "request"]
"""What is wrong, and with that who can do something about it: nothing was presented; not genuine, not for us, not now, or not
presented by whoever it was made for; genuine, and less than is asked; neither yes nor no; the request itself."""

# The algorithms that proofs are signed by. RFC 9864 names EdDSA by its curve; the signature is the same.
PROOF_ALGS = ("ES256", "ES384", "EdDSA", "Ed25519")
# Seconds to wait before an undecided request is worth repeating.
_RETRY_AFTER = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is said of a code, whichever token it is about."""

    code: str
    kind: Kind
    status: int
    """HTTP status that fits."""
    error: str | None
    """`error` of WWW-Authenticate (RFC 6750, section 3.1; RFC 9449, section 7.1); None: the header has none."""
    meaning: str
    remedy: str


def _read_refusals() -> dict[str, Refusal]:
    rows = json.loads((files(__package__) / "refusals.json").read_text("utf-8"))
    return {row["code"]: Refusal(**row) for row in rows}


REFUSALS = _read_refusals()
"""Every code that this client refuses with."""


class Reply(NamedTuple):
    """A whole HTTP reply; the body is a problem document (RFC 9457), as text."""

    status: int
    headers: dict[str, str]
    body: str


class TokenRefused(Exception):
    """This token, presented like this, opens nothing. `code` is stable and for programs; the message is for people and
    repeats nothing of the token. Anything else that the client raises is no answer about the token."""

    def __init__(self, code: str, detail: str, reason: str | None = None) -> None:
        super().__init__(detail)
        row = REFUSALS[code]
        self.code = code
        self.detail = detail
        self.reason = reason
        """What a proof fails by, in a word (`url`, `method`, `time`, …); None: it is not about a proof."""
        self.kind = row.kind
        self.status = row.status
        self.remedy = row.remedy

    def reply(self) -> Reply:
        """How a server tells its client: status, `WWW-Authenticate` where credentials are the matter, problem document."""
        document = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **({} if self.reason is None else {"reason": self.reason}),
            "remedy": self.remedy,
        }
        headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
        if self.kind == "undecided":
            headers["Retry-After"] = str(_RETRY_AFTER)
        if self.status in (401, 403):
            headers["WWW-Authenticate"] = _challenge_of(REFUSALS[self.code])
        return Reply(self.status, headers, json.dumps(document, ensure_ascii=False) + "\n")


def _challenge_of(row: Refusal) -> str:
    """RFC 9449, section 7.1. Whoever brought nothing is not told that something is wrong with it."""
    algs = f'algs="{" ".join(PROOF_ALGS)}"'
    if row.error is None:
        return f"DPoP {algs}"
    description = row.meaning.replace('"', "").replace("\\", "")
    return f'DPoP error="{row.error}", error_description="{description}", {algs}'
