"""This package as a filter, for tests that put one question to helpers in several languages: a question per line of standard
input, an answer per line of output. Verifiers stay between questions, and the clock is the one of the questions."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from assay_client import REFUSALS, ReplayMemory, ShownProof, TokenRefused, VerifiedToken, Verifier

NAMES = {
    "issuer": "issuer",
    "audience": "audience",
    "workload": "workloads",
    "minimumStatus": "minimum_status",
    "minReferenceVersion": "min_reference_version",
    "tcbStatus": "tcb_statuses",
    "tee": "tees",
    "algorithms": "algorithms",
    "allowBearer": "allow_bearer",
    "allowSimulated": "allow_simulated",
    "allowDebug": "allow_debug",
}
"""Of options, in Node.js and here."""

at = datetime.now(UTC)
"""The instant of the last question."""


def instant_of(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def verifier_of(options: dict[str, Any]) -> Verifier:
    capacity = {"capacity": options["capacity"]} if "capacity" in options else {}
    memory = ReplayMemory(instant_of(options["since"]), **capacity)
    named = {NAMES[name]: value for name, value in options.items() if name in NAMES}
    return Verifier(**named, replay_store=memory, now=lambda: at)


def ask(asked: dict[str, Any], verifier: Verifier) -> VerifiedToken | None:
    match asked["about"]:
        case "keys":
            verifier.load_keys()
            return None
        case "request":
            headers = [(name, value) for name, value in asked["headers"]]
            return verifier.verify_request(asked["method"], asked["url"], headers)
        case _:
            proof = asked.get("proof")
            shown = None if proof is None else ShownProof(proof, asked["method"], asked["url"])
            return verifier.verify(asked["token"], shown, proven_thumbprint=asked.get("thumbprint"))


def said(verified: VerifiedToken | None) -> dict[str, Any] | None:
    """Under the names that all languages answer with."""
    if verified is None:
        return None
    return {
        "issuer": verified.issuer,
        "subject": verified.subject,
        "audience": verified.audience,
        "id": verified.id,
        "issuedAt": int(verified.issued_at.timestamp() * 1000),
        "expiresAt": int(verified.expires_at.timestamp() * 1000),
        "profile": verified.profile,
        "status": verified.status,
        "nonce": verified.nonce,
        "keyThumbprint": verified.key_thumbprint,
        "att": asdict(verified.att),
        "claims": verified.claims,
    }


def judge(asked: dict[str, Any], verifiers: dict[str, Verifier]) -> dict[str, Any]:
    global at
    at = instant_of(asked["at"])
    if asked["about"] == "rows":
        return {"code": "accepted", "said": [asdict(REFUSALS[code]) for code in sorted(REFUSALS)]}
    name = asked["verifier"]
    if name not in verifiers:
        try:
            verifiers[name] = verifier_of(asked["options"])
        except ValueError as error:
            return {"code": "mistake", "detail": str(error)}
    try:
        return {"code": "accepted", "said": said(ask(asked, verifiers[name]))}
    except TokenRefused as refused:
        return {"code": refused.code, "reason": refused.reason or "", "detail": refused.detail}


def main() -> None:
    verifiers: dict[str, Verifier] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"id": asked["id"], **judge(asked, verifiers)}), flush=True)


if __name__ == "__main__":
    main()
