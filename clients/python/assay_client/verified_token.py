"""What a token says, once it has been verified."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .strict_json import JsonObject

Status = Literal["affirming", "warning"]
"""Statuses with which tokens exist: a token means yes."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about the attested guest, all of them from the recorded decision, under the names of the token's own claims."""

    tenant: str
    workload: str
    reference_version: int
    """Which registered reference values matched; grows with each registration."""
    tee: str
    """`sev-snp`, `tdx`, `az-sev-snp`, `az-tdx`."""
    generation: str
    debug: bool
    """True: the host can read the guest's memory."""
    simulated: bool
    """True: anybody could have made the evidence."""
    tcb_status: str
    tcb_source: str
    tcb_date: str
    """Empty where no bulletin fixed anything."""
    tcb_in_grace: bool
    """The level or a vendor document counts only while a grace of the policy lasts."""
    measurement: str
    """Lowercase hex."""
    policy: str
    """`standard@7`"""
    policy_digest: str
    decision: str
    """Names the record of the verdict: `dec_…`."""
    evidence_digest: str
    devices: str
    fresh: str
    """`challenge` or `rp-nonce`."""


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    issuer: str
    subject: str
    """`tenant:…:workload:…`: the same for every instance of the workload."""
    audience: str
    id: str
    """`jti`."""
    issued_at: datetime
    expires_at: datetime
    profile: str
    """`eat_profile`."""
    status: Status
    nonce: str | None
    """The relying party's own nonce, where one was sealed into the challenge."""
    key_thumbprint: str | None
    """RFC 7638 SHA-256 thumbprint of the attester's key; None: a bearer token."""
    att: Facts
    claims: JsonObject
    """Every claim, those above too."""
