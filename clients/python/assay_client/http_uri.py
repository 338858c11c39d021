"""HTTP URIs in one spelling (RFC 3986, section 6.2), and the addresses that a program is configured with."""

import ipaddress
import re

# Longer ones name nothing of ours; what comes after a `?` counts too.
_MAX_LENGTH = 2048
# Scheme, authority without user information, path; nothing that RFC 3986 has no place for. Classes are spelt out: without
# regard to case, Python would take more than ASCII.
_FORM = re.compile(
    r"(?P<scheme>[hH][tT][tT][pP][sS]?)://"
    r"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~-]+)(?::(?P<port>[0-9]{0,5}))?"
    r"(?P<path>(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9a-fA-F]{2})*)?)"
)
_PERCENT_ENCODED = re.compile(r"%[0-9a-fA-F]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
# A host whose last label is a number is an IPv4 address, or none (WHATWG URL, "ends in a number").
_NUMERIC_HOST = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_http_uri(text: str) -> str | None:
    """The URI without query and fragment (RFC 9449, section 4.3): scheme and host in lower case, no default port, dot
    segments resolved, percent-encodings only where they are needed. None: not an absolute HTTP URI, or one with an IPv4
    address that is not written as four decimal numbers."""
    match = _FORM.fullmatch(re.split(r"[?#]", text, maxsplit=1)[0])
    if len(text) > _MAX_LENGTH or match is None:
        return None
    scheme = match["scheme"].lower()
    host = _canonical_host(match["host"].lower())
    port = int(match["port"] or _DEFAULT_PORTS[scheme])
    if host is None or port > 65535:
        return None
    # What is encoded without need is decoded first: it may be the dots of a segment.
    path = _resolve_dots(_PERCENT_ENCODED.sub(_decode_where_needless, match["path"]))
    return f"{scheme}://{host}{'' if port == _DEFAULT_PORTS[scheme] else f':{port}'}{path}"


def _canonical_host(host: str) -> str | None:
    try:
        if host.startswith("["):
            return f"[{ipaddress.IPv6Address(host[1:-1])}]"
        if _NUMERIC_HOST.fullmatch(host):
            return str(ipaddress.IPv4Address(host))
    except ValueError:
        return None
    return host


def _decode_where_needless(match: re.Match[str]) -> str:
    character = chr(int(match[0][1:], 16))
    return character if _UNRESERVED.fullmatch(character) else match[0].upper()


def _resolve_dots(path: str) -> str:
    segments = path.removeprefix("/").split("/")
    resolved: list[str] = []
    for index, segment in enumerate(segments):
        if segment == ".." and resolved:
            resolved.pop()
        if segment not in (".", ".."):
            resolved.append(segment)
        elif index == len(segments) - 1:
            resolved.append("")
    return "/" + "/".join(resolved)


def origin_of(canonical: str) -> str:
    """Scheme, host and port of an address in normal form."""
    scheme, _, rest = canonical.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def require_base_url(text: str, what: str) -> None:
    """An https URL, or http on loopback, without user name, query, fragment and slash at the end: issuers are compared as
    text, so each has one spelling. Raises ValueError: whoever wrote the configuration is to change it."""
    canonical = canonical_http_uri(text)
    if canonical is None:
        raise ValueError(f"{what} must be an https URL")
    if canonical.startswith("http:") and not _is_loopback(origin_of(canonical)):
        raise ValueError(f"{what} must be an https URL: plain http is for loopback addresses alone")
    if canonical.rstrip("/") != text:
        raise ValueError(f"{what} must be spelt as {canonical.rstrip('/')}")


def _is_loopback(origin: str) -> bool:
    host = re.sub(r":[0-9]+$", "", origin.partition("://")[2])
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
