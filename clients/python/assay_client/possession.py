"""Who presents a token must hold the key that it is bound to: shown by a proof (DPoP, RFC 9449) that counts once."""

from dataclasses import dataclass
from datetime import UTC, datetime

from .claims import LEEWAY
from .dpop import PROOF_WINDOW, ProofQuestion, digest_of, refuse_proof, verify_proof
from .http_uri import canonical_http_uri
from .presentation import refuse_request
from .refused import TokenRefused
from .replay_memory import ReplayMemoryFull, ReplayStore
from .verified_token import VerifiedToken


@dataclass(frozen=True, slots=True)
class ShownProof:
    """A proof, and the request that it came with."""

    proof: str
    """Value of the header `DPoP`."""
    method: str
    url: str
    """Of the request, as it is reached from outside; its query does not count."""


@dataclass(frozen=True, slots=True)
class SoundProof:
    """A proof that was good, to be spent once everything else is."""

    id: str
    """Differs between keys, so that nobody can spend another's."""
    until: datetime
    made_at: datetime
    holder: str


def require_possession(
    token: str,
    verified: VerifiedToken,
    shown: ShownProof | None,
    proven_thumbprint: str | None,
    allow_bearer: bool,
    at: datetime,
) -> SoundProof | None:
    """None: no proof was needed. Raises TokenRefused; a thumbprint that does not fit is refused even beside a good proof."""
    bound = verified.key_thumbprint
    if bound is None:
        if allow_bearer and shown is None and proven_thumbprint is None:
            return None
        raise TokenRefused("token_unbound", "The token is bound to no key, and bearer tokens are not taken here.")
    if proven_thumbprint is not None and proven_thumbprint != bound:
        raise TokenRefused("key_mismatch", "The token is bound to another key than the one in use.")
    if shown is not None:
        return _require_proof(token, shown, bound, at)
    if proven_thumbprint is not None:
        return None
    raise TokenRefused("proof_missing", "The token is bound to a key, and no proof came with it.")


def _require_proof(token: str, shown: ShownProof, thumbprint: str, at: datetime) -> SoundProof:
    url = canonical_http_uri(shown.url)
    if url is None:
        raise refuse_request("The address of the request is no plain http or https URL.")
    jti, iat = verify_proof(ProofQuestion(shown.proof, shown.method, url, token, thumbprint, at))
    # One from the future could be kept until a memory has begun anew that does not know it.
    if iat > at.timestamp() + LEEWAY:
        raise refuse_proof("time", "it was made in the future")
    return SoundProof(
        id=digest_of(f"{thumbprint}.{jti}"),
        until=datetime.fromtimestamp(iat + PROOF_WINDOW, UTC),
        made_at=datetime.fromtimestamp(iat, UTC),
        holder=thumbprint,
    )


def spend_proof(proof: SoundProof, at: datetime, store: ReplayStore) -> None:
    """Remembers the proof. Raises TokenRefused when it was used before, or may have been."""
    if store.since is not None and proof.made_at <= store.since:
        raise refuse_proof("time", "it is older than the memory of those that were used")
    try:
        first = store.spend(proof.id, proof.until, at, proof.holder)
    except ReplayMemoryFull as error:
        raise TokenRefused("replay_memory_full", "More proofs are in use than this verifier can remember.") from error
    if not first:
        raise TokenRefused("proof_replayed", "This proof has been used before.")
