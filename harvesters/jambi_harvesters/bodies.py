"""Take in the body of an answer under limits: size, compression, cut ends, HTML instead of data.

A body is spooled (1 MB in memory, then on disk) before anybody parses it, so that a cut or oversized answer
is known before any part of it is used.
"""

from __future__ import annotations

import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import IO, cast

from jambi_harvesters.amounts import show_size
from jambi_harvesters.errors import (
    CompressionBombError,
    FetchError,
    TooLargeError,
    TruncatedError,
    UnexpectedContentError,
)

BLOCK = 64 * 1024
HEAD = 2_048
MEMORY = 1_000_000
MAX_RATIO = 200
RATIO_FROM = 1_000_000

_HTML = re.compile(
    rb"<(!doctype\s+html|html|head|body|br|b|div|p|script|style|form|table|title|meta|h[1-6]|center|font)\b"
    rb"|<!--",
    re.IGNORECASE,
)
_SIGN_IN = re.compile(rb"type\s*=\s*[\"']?password|log ?in|sign[ -]?in|masuk|sandi", re.IGNORECASE)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class Body:
    """A body that came whole and within its limits.

    Attributes:
        file: open binary file, positioned at its start.
        size: decoded bytes.
        sha256: hexadecimal digest of the decoded bytes.
        cut: only its first bytes were asked for, and there are more.
    """

    def __init__(self, file: IO[bytes], size: int, digest: str, *, cut: bool = False) -> None:
        self.file = file
        self.cut = cut
        self.size = size
        self.sha256 = digest


def sample(blocks: Iterable[bytes], *, url: str, encoding: str, most: int) -> Body:
    """Spool the first bytes of a body, whatever they are.

    Raises:
        CompressionBombError, TruncatedError, UnexpectedContentError.
    """
    spool = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=MEMORY))  # noqa: SIM115
    size = 0
    for block in _decoded(blocks, url, encoding):
        size += spool.write(block[: most - size])
        if size >= most:
            break
    spool.seek(0)
    digest = sha256(spool.read()).hexdigest()
    spool.seek(0)
    return Body(spool, size, digest, cut=size >= most)


def take_in(
    blocks: Iterable[bytes], *, url: str, encoding: str, max_bytes: int, html_allowed: bool = False
) -> Body:
    """Spool a body.

    Args:
        blocks: bytes as they came over the wire.
        encoding: value of the Content-Encoding header.
        url: redacted address, for error texts.

    Raises:
        TooLargeError, CompressionBombError, TruncatedError, UnexpectedContentError.
    """
    spool = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=MEMORY))  # noqa: SIM115
    try:
        return _fill(spool, _decoded(blocks, url, encoding), url, max_bytes, html_allowed)
    except (FetchError, UnexpectedContentError):
        spool.close()
        raise


def looks_like_html(head: bytes) -> bool:
    """Say whether the first bytes of a body are a web page, or the warning a program wrote as one."""
    for bom in _BOMS:
        head = head.removeprefix(bom)
    text = head.replace(b"\x00", b"").lstrip()
    return text.startswith(b"<") and _HTML.match(text) is not None


def web_page_error(url: str, head: bytes) -> UnexpectedContentError:
    """Return the error that says which kind of page came instead of data."""
    sign_in = _SIGN_IN.search(head) is not None
    return UnexpectedContentError(
        url=url,
        found="a sign-in page" if sign_in else "a web page",
        found_id="halaman masuk" if sign_in else "halaman web",
        expected="data",
        web_page=True,
    )


def _fill(spool: IO[bytes], blocks: Iterator[bytes], url: str, max_bytes: int, html: bool) -> Body:
    digest, size, head, judged = sha256(), 0, b"", html
    for block in blocks:
        size += len(block)
        if size > max_bytes:
            raise TooLargeError(
                what=f"The answer of {url}", what_id=f"Jawaban {url}", limit=show_size(max_bytes)
            )
        digest.update(block)
        spool.write(block)
        if not judged and len(head) < HEAD:
            head += block[:HEAD]
            judged = len(head) >= HEAD
            _refuse_html(url, head)
    spool.seek(0)
    return Body(spool, size, digest.hexdigest())


def _refuse_html(url: str, head: bytes) -> None:
    if looks_like_html(head):
        raise web_page_error(url, head)


def _decoded(blocks: Iterable[bytes], url: str, encoding: str) -> Iterator[bytes]:
    name = encoding.strip().casefold()
    if name in ("", "identity"):
        return iter(blocks)
    if name in ("gzip", "x-gzip", "deflate"):
        return _inflated(blocks, url)
    raise UnexpectedContentError(url=url, found=f"the encoding {name[:20]}", expected="gzip")


def _inflated(blocks: Iterable[bytes], url: str) -> Iterator[bytes]:
    """Unpack gzip or zlib in bounded steps; several gzip members may follow one another."""
    inflater, packed, unpacked = zlib.decompressobj(zlib.MAX_WBITS | 32), 0, 0
    for block in blocks:
        packed += len(block)
        while block:
            if inflater.eof:
                inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
            try:
                part = inflater.decompress(block, BLOCK)
            except zlib.error:
                raise TruncatedError(url=url) from None
            unpacked += len(part)
            if unpacked > RATIO_FROM and unpacked > MAX_RATIO * packed:
                raise CompressionBombError(url=url, limit=MAX_RATIO)
            yield part
            block = inflater.unused_data.lstrip(b"\0") if inflater.eof else inflater.unconsumed_tail
    yield inflater.decompress(b"", BLOCK) if packed and not inflater.eof else b""
    if packed and not inflater.eof:
        raise TruncatedError(url=url)
