"""The status of an attestation result in both dialects of EAR: that of draft-ietf-rats-ear-04 with its names of underscores, and
the older one with dots, which has no overall status."""

from typing import Any, cast

from .claim_form import refuse_claims
from .refused import TokenRefused
from .strict_json import JsonObject
from .verified_token import Status

_EAR = "tag:ietf.org,2026:rats/ear#04"
_EAR_LEGACY = "tag:github.com,2023:veraison/ear"

PROFILES = (_EAR, _EAR_LEGACY)
"""`eat_profile` of the tokens that are read: profiles `ear` and `ear-compat`, and `ear-legacy`."""

# Best first.
_TIERS = ("affirming", "warning", "contraindicated", "none")


def status_of(claims: JsonObject, profile: str) -> Status:
    """The overall status. Refuses `token_claims` where it is better than that of a part or the two dialects disagree,
    `status_insufficient` where it is none with which tokens exist."""
    submods = claims.get("submods")
    if not isinstance(submods, dict) or not submods:
        raise refuse_claims("there are no `submods`")
    name, alias = ("ear_status", "ear.status") if profile == _EAR else ("ear.status", "ear_status")
    worst = max(_rank_in(part, name, alias) for part in submods.values())
    overall = _rank_in(claims, name, alias) if profile == _EAR else worst
    if overall < worst:
        raise refuse_claims("the overall status is better than that of a part")
    status = _TIERS[overall]
    if status not in ("affirming", "warning"):
        raise refuse_status(f"The status is {status}, with which nothing is released.")
    return cast(Status, status)


def refuse_status(detail: str) -> TokenRefused:
    """Below what is asked."""
    return TokenRefused("status_insufficient", detail)


def _rank_in(result: Any, name: str, alias: str) -> int:
    """Of the status of a result or a part of it; where the other dialect's name stands too, it says the same."""
    if not isinstance(result, dict):
        raise refuse_claims("a part of `submods` is no object")
    status = result.get(name)
    if status not in _TIERS:
        raise refuse_claims(f"`{name}` is no status")
    if alias in result and result[alias] != status:
        raise refuse_claims(f"`{name}` and `{alias}` disagree")
    return _TIERS.index(status)
