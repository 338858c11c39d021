"""The compact form of a JWS (RFC 7515, section 7.1), taken apart. Nothing is verified, and no JSON is read."""

import base64
import binascii
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompactJws:
    header: bytes
    payload: bytes
    signature: bytes
    signed: bytes
    """What the signature covers."""


def split_compact_jws(text: str) -> CompactJws | None:
    """None: not three parts, or one of them empty, not base64url, or not in its one spelling."""
    parts = text.split(".")
    if len(parts) != 3 or "" in parts:
        return None
    header, payload, signature = (decode_base64url(part) for part in parts)
    if header is None or payload is None or signature is None:
        return None
    return CompactJws(header, payload, signature, signed=f"{parts[0]}.{parts[1]}".encode("ascii"))


def decode_base64url(text: str) -> bytes | None:
    """Without padding, unused bits zero, nothing else; None otherwise. Decoders of the standard library skip what they do
    not know, so what was read is written again and compared."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return None
    return data if encode_base64url(data) == text else None


def encode_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
