"""Attestation tokens for relying parties: from the issuer's URL and the name of an audience to typed claims. In this order:
form, key, signature, claims, possession of the key, what this relying party wants, and the proof is spent."""

import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from .claims import require_claims
from .discovery import TOKEN_ALGS, fetch_issuer_keys
from .expectations import Expectations, names_of, require_wanted
from .http_uri import require_base_url
from .issuer_keys import IssuerKeys
from .possession import ShownProof, require_possession, spend_proof
from .presentation import RequestHeaders, presented_in
from .replay_memory import ReplayMemory, ReplayStore
from .signed_token import authenticate_token
from .verified_token import Status, VerifiedToken


def _machine_clock() -> datetime:
    return datetime.now(UTC)


class Verifier:
    """Verifies the tokens of one issuer for one relying party. Safe for threads."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        *,
        workloads: str | Sequence[str] | None = None,
        minimum_status: Status = "affirming",
        min_reference_version: int = 1,
        tcb_statuses: str | Sequence[str] | None = None,
        tees: str | Sequence[str] | None = None,
        allow_simulated: bool = False,
        allow_debug: bool = False,
        algorithms: Sequence[str] = TOKEN_ALGS,
        allow_bearer: bool = False,
        replay_store: ReplayStore | None = None,
        now: Callable[[], datetime] = _machine_clock,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Nothing is asked of the issuer yet. Raises ValueError for options that cannot be meant.

        `issuer`: its URL, as it stands in `iss`; https, or http on loopback. `audience`: what this relying party is called in
        `aud`. `workloads`, `tcb_statuses`, `tees`: what is accepted; None asks nothing beyond what the issuer does.
        `allow_simulated`, `allow_debug`: for trying things out. `allow_bearer`: take tokens that are bound to no key; one that
        is bound needs its proof all the same. `replay_store`: where used proofs are remembered; None: a memory of this
        process, which begins now. `now`: the clock, with a time zone. `tls`: authorities of your own."""
        require_base_url(issuer, "issuer")
        if not isinstance(audience, str) or audience == "":
            raise ValueError("audience is a name")
        if isinstance(algorithms, str) or not algorithms or not set(algorithms) <= set(TOKEN_ALGS):
            raise ValueError(f"algorithms are among {', '.join(TOKEN_ALGS)}")
        if not isinstance(allow_bearer, bool):
            raise ValueError("allow_bearer is True or False")
        if now().tzinfo is None:
            raise ValueError("now gives an instant with a time zone")
        self._expected = Expectations(
            minimum_status=minimum_status,
            workloads=names_of(workloads, "workloads"),
            min_reference_version=min_reference_version,
            tcb_statuses=names_of(tcb_statuses, "tcb_statuses"),
            tees=names_of(tees, "tees"),
            allow_simulated=allow_simulated,
            allow_debug=allow_debug,
        )
        self._issuer = issuer
        self._audience = audience
        self._algorithms = tuple(algorithms)
        self._allow_bearer = allow_bearer
        self._now = now
        self._replay_store = ReplayMemory(now()) if replay_store is None else replay_store
        context = ssl.create_default_context() if tls is None else tls
        self._keys = IssuerKeys(lambda: fetch_issuer_keys(issuer, context), now)

    def verify(
        self, token: str, proof: ShownProof | None = None, *, proven_thumbprint: str | None = None
    ) -> VerifiedToken:
        """The claims of a token that was made for this relying party and is presented by its holder: with a proof, or seen to
        use the key with this RFC 7638 SHA-256 thumbprint, as that of a TLS connection. Raises TokenRefused; anything else that
        is raised is no answer about the token."""
        claims = authenticate_token(token, self._keys, self._algorithms)
        at = self._now()
        verified = require_claims(claims, self._issuer, self._audience, at)
        sound = require_possession(token, verified, proof, proven_thumbprint, self._allow_bearer, at)
        require_wanted(verified, self._expected)
        # Last, so that a stranger's proofs take no place, and one that was refused may be shown again.
        if sound is not None:
            spend_proof(sound, at, self._replay_store)
        return verified

    def verify_request(self, method: str, url: str, headers: RequestHeaders) -> VerifiedToken:
        """The same for the token and the proof in the header of a request. `url` is absolute, as the request is reached from
        outside: its origin comes from configuration, never from the header Host. In `headers` a name may stand twice."""
        presented = presented_in(headers)
        # A proof beside the scheme Bearer is a request for less than the client is able to show.
        if presented.bearer or presented.proof is None:
            return self.verify(presented.token)
        return self.verify(presented.token, ShownProof(presented.proof, method, url))

    def load_keys(self) -> None:
        """Asks the issuer for its keys now, unless they are fresh, so that a mistake shows at the start. Raises TokenRefused
        `issuer_unreachable`."""
        self._keys.current()
