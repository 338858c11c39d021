"""Strict JSON (RFC 8259): what two readers could take for different things is refused."""

import json
import math
from typing import Any

# Arrays and objects inside one another, and values of a whole document.
MAX_DEPTH = 32
MAX_VALUES = 16_384
# Whole numbers that every reader holds without loss: many have nothing but doubles.
MAX_SAFE_INTEGER = 2**53 - 1

JsonObject = dict[str, Any]


class Unsound(ValueError):
    """Not one sound JSON object."""


def parse_object(data: bytes) -> JsonObject:
    """One JSON object. A member that stands twice, ill-formed UTF-8, half a surrogate pair, a number out of range and
    deep nesting raise Unsound."""
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_object_of, parse_constant=_refuse_constant, parse_int=_number_of
        )
    except (ValueError, RecursionError) as error:
        raise Unsound("not one sound JSON object") from error
    if not isinstance(value, dict):
        raise Unsound("not an object")
    _require_bounds(value)
    return value


def _object_of(pairs: list[tuple[str, Any]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unsound("a member stands twice")
    return members


def _refuse_constant(name: str) -> None:
    raise Unsound(f"{name} is no JSON")


def _number_of(digits: str) -> int | float:
    """A whole number; one that no double holds exactly becomes a double, as everywhere else."""
    number = float(digits)
    return int(number) if abs(number) <= MAX_SAFE_INTEGER else number


def _require_bounds(document: JsonObject) -> None:
    """Goes through all values, without recursion: whatever was parsed is small enough to list."""
    pending: list[tuple[Any, int]] = [(document, 0)]
    count = 0
    while pending:
        value, depth = pending.pop()
        count += 1
        if count > MAX_VALUES:
            raise Unsound("too many values")
        if isinstance(value, (dict, list)):
            if depth == MAX_DEPTH:
                raise Unsound("too deep")
            pending.extend((item, depth + 1) for item in (value.values() if isinstance(value, dict) else value))
            for name in value if isinstance(value, dict) else ():
                _require_text(name)
        elif isinstance(value, str):
            _require_text(value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise Unsound("a number is out of range")


def _require_text(text: str) -> None:
    # Half a surrogate pair has no UTF-8.
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Unsound("half a surrogate pair") from error


def whole_number(value: Any) -> int | None:
    """A number without a fraction that a double holds exactly; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if value == math.floor(value) and abs(value) <= MAX_SAFE_INTEGER else None
