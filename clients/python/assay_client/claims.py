"""Authenticated claims, held to what the service promises of them (EAT, RFC 9711; draft-ietf-rats-ear): whose, for whom, when,
and each with its type. What a token says twice must agree. Claims that nobody here knows are let be."""

import re
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from .claim_form import refuse_claims, text_of
from .refused import TokenRefused
from .status import PROFILES, status_of
from .strict_json import JsonObject, whole_number
from .verified_token import Facts, VerifiedToken

LEEWAY = 5
"""Seconds by which clocks may differ."""
# RFC 7638 by SHA-256: 32 bytes in base64url.
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
# The last second that RFC 3339 can name: instants that no calendar has are mistakes.
_LAST_SECOND = 253_402_300_799


def require_claims(claims: JsonObject, issuer: str, audience: str, at: datetime) -> VerifiedToken:
    """Raises TokenRefused."""
    if claims.get("iss") != issuer:
        raise TokenRefused("token_issuer", f"The token is not of the issuer {issuer}.")
    # One audience: a token for several would open each of them to all the others.
    if claims.get("aud") != audience:
        raise TokenRefused("token_audience", f"The token is not for the audience {audience}.")
    issued_at, expires_at = _require_times(claims, at)
    profile = text_of(claims.get("eat_profile"), "eat_profile")
    if profile not in PROFILES:
        raise TokenRefused("token_profile", f"The token is of none of the profiles {', '.join(PROFILES)}.")
    att = _facts_of(claims.get("att"))
    subject = text_of(claims.get("sub"), "sub")
    if subject != f"tenant:{att.tenant}:workload:{att.workload}":
        raise refuse_claims("`sub` and `att` name different workloads")
    return VerifiedToken(
        issuer=issuer,
        subject=subject,
        audience=audience,
        id=text_of(claims.get("jti"), "jti"),
        issued_at=issued_at,
        expires_at=expires_at,
        profile=profile,
        status=status_of(claims, profile),
        nonce=text_of(claims["eat_nonce"], "eat_nonce") if "eat_nonce" in claims else None,
        key_thumbprint=_thumbprint_of(claims),
        att=att,
        claims=claims,
    )


def _require_times(claims: JsonObject, at: datetime) -> tuple[datetime, datetime]:
    """Whole seconds since 1970, all three."""
    iat, nbf, exp = (_seconds_of(claims, name) for name in ("iat", "nbf", "exp"))
    now = at.timestamp()
    if exp + LEEWAY <= now:
        raise TokenRefused("token_expired", f"The token ended on {_instant_of(exp)}.")
    begin = max(iat, nbf)
    if begin - LEEWAY > now:
        raise TokenRefused("token_not_yet_valid", f"The token begins only on {_instant_of(begin)}.")
    return _instant_of(iat), _instant_of(exp)


def _seconds_of(claims: JsonObject, name: str) -> int:
    seconds = whole_number(claims.get(name))
    if seconds is None or not 0 <= seconds <= _LAST_SECOND:
        raise refuse_claims(f"`{name}` is not a whole number of seconds")
    return seconds


def _instant_of(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _facts_of(value: Any) -> Facts:
    """Every member is there, with its type."""
    if not isinstance(value, dict):
        raise refuse_claims("there is no object `att`")
    if whole_number(value.get("v")) != 1:
        raise refuse_claims("`att.v` is not 1, the version that this client knows")
    found: dict[str, Any] = {}
    for field in fields(Facts):
        member = value.get(field.name)
        if field.type is int:
            member = whole_number(member)
            if member is None or member < 1:
                raise refuse_claims(f"`att.{field.name}` is not a whole number from 1")
        elif field.type is bool:
            if not isinstance(member, bool):
                raise refuse_claims(f"`att.{field.name}` is neither true nor false")
        elif not isinstance(member, str):
            raise refuse_claims(f"`att.{field.name}` is not a text")
        found[field.name] = member
    return Facts(**found)


def _thumbprint_of(claims: JsonObject) -> str | None:
    """RFC 9449, section 6.1. A confirmation of another kind is not taken for none."""
    if "cnf" not in claims:
        return None
    cnf = claims["cnf"]
    thumbprint = cnf.get("jkt") if isinstance(cnf, dict) else None
    if not isinstance(thumbprint, str) or _THUMBPRINT.fullmatch(thumbprint) is None:
        raise refuse_claims("`cnf` is there and has no `jkt` of SHA-256")
    return thumbprint
