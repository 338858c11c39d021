"""What a relying party asks of a verified token beyond that it is genuine, for itself and presented by its holder."""

from collections.abc import Sequence
from dataclasses import dataclass

from .refused import TokenRefused
from .status import refuse_status
from .verified_token import Status, VerifiedToken


@dataclass(frozen=True, slots=True)
class Expectations:
    minimum_status: Status
    workloads: tuple[str, ...] | None
    min_reference_version: int
    tcb_statuses: tuple[str, ...] | None
    tees: tuple[str, ...] | None
    allow_simulated: bool
    allow_debug: bool

    def __post_init__(self) -> None:
        if self.minimum_status not in ("affirming", "warning"):
            raise ValueError("minimum_status is affirming or warning")
        version = self.min_reference_version
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise ValueError("min_reference_version is a whole number from 1")
        for name in ("allow_simulated", "allow_debug"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is True or False")


def names_of(value: str | Sequence[str] | None, what: str) -> tuple[str, ...] | None:
    """A name or several. Raises ValueError for what cannot be meant: an empty list accepts nothing."""
    if value is None:
        return None
    names = (value,) if isinstance(value, str) else tuple(value)
    if not names or any(not isinstance(name, str) or name == "" for name in names):
        raise ValueError(f"{what} takes a name or a list of names")
    return names


def require_wanted(verified: VerifiedToken, expected: Expectations) -> None:
    """Raises TokenRefused, of kind `unwanted`."""
    att = verified.att
    if verified.status == "warning" and expected.minimum_status == "affirming":
        raise refuse_status("The status is warning, and affirming is asked.")
    if att.simulated and not expected.allow_simulated:
        raise TokenRefused("simulated_unwanted", "The evidence behind the token came from a simulated vendor.")
    if att.debug and not expected.allow_debug:
        raise TokenRefused("debug_unwanted", "The guest runs with debugging on.")
    if not _accepts(expected.workloads, att.workload):
        raise TokenRefused("workload_unwanted", f"The workload {att.workload} is none that is served here.")
    if att.reference_version < expected.min_reference_version:
        raise TokenRefused(
            "version_unwanted",
            f"Reference version {att.reference_version} matched; "
            f"{expected.min_reference_version} or a later one is asked.",
        )
    if not _accepts(expected.tees, att.tee):
        raise TokenRefused("tee_unwanted", f"The TEE {att.tee} is none that is taken here.")
    if not _accepts(expected.tcb_statuses, att.tcb_status):
        raise TokenRefused("tcb_status_unwanted", f"The TCB status {att.tcb_status} is none that is taken here.")


def _accepts(accepted: tuple[str, ...] | None, value: str) -> bool:
    return accepted is None or value in accepted
