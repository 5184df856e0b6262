"""Everything that can go wrong between a source and a record.

    HarvesterError
    ├── DefinitionError            invalid_definition      (.problems)
    ├── SecretMissingError         secret_missing
    ├── SecretLockedError          secret_locked            (the definition is neither applied nor approved)
    ├── SecretUnreadableError      secret_unreadable
    ├── FetchError                                          no usable answer came
    │   ├── AddressRefusedError    address_refused
    │   │   └── RedirectRefusedError   redirect_refused
    │   ├── SourceDownError        source_down
    │   │   ├── NotFoundError      not_found
    │   │   ├── MovedError         source_moved             (redirects to a host that is not its own)
    │   │   └── DeadlineError      deadline_exceeded
    │   ├── AuthFailedError        auth_failed
    │   │   └── SignInRequiredError    auth_required        (a page for people who sign in)
    │   ├── WriteAccessError       write_access             (a database role that could change data)
    │   ├── RateLimitedError       rate_limited             (.due_at)
    │   ├── StatusError            unexpected_status
    │   ├── TlsRefusedError        tls_refused
    │   ├── TooLargeError          too_large
    │   │   ├── CompressionBombError   compression_bomb
    │   │   └── AnswerCutError     answer_cut               (of the egress proxy)
    │   ├── LookedEnoughError      looked_enough            (sniffing only)
    │   └── TruncatedError         truncated
    └── ContentError                                        an answer came and cannot be used
        ├── UnexpectedContentError unexpected_content
        │   └── SourceFailedError  source_failed            (answers 200 and says that it failed)
        ├── UnreadableError        unreadable
        ├── EncodingError          undecodable
        ├── InvalidGuidError       invalid_guid
        ├── EmptyListError         empty_list
        ├── IncompleteListError    incomplete_list
        │   └── PartsMissingError  parts_missing            (.param, .parts)
        ├── PlaceLostError         place_lost               (a list that was cut begins again)
        ├── SchemaDriftError       schema_drift             (.diff)
        ├── NumberLocaleError      number_locale
        └── TooManyBadRowsError    too_many_bad_rows

Each error carries a stable `code`, its context as attributes (`context`), an English message and in `pesan`
an Indonesian sentence that says what happened and what to do. No text ever quotes a value from the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


class HarvesterError(Exception):
    """Base of all errors of this package.

    Args:
        context: what the texts of the class name in braces, and further facts (source, url, status).
    """

    code: ClassVar[str] = "harvester_error"
    message: ClassVar[str] = "The harvest failed; see the log of the run"
    message_id: ClassVar[str] = "Panen gagal; lihat catatan jalannya panen."

    def __init__(self, **context: object) -> None:
        self.context: dict[str, object] = context
        super().__init__(self.message.format_map(_Filled(context)))

    @property
    def pesan(self) -> str:
        """The Indonesian sentence for stewards."""
        return self.message_id.format_map(_Filled(self.context))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a definition: where, what, and the nearest known name if one is near."""

    path: str
    message: str
    pesan: str
    suggestion: str | None = None


class DefinitionError(HarvesterError):
    """A source definition that cannot be used; `problems` lists all that is wrong with it."""

    code = "invalid_definition"
    message = "The source definition has {count} problem(s): {summary}"
    message_id = "Definisi sumber memuat {count} masalah: {ringkasan}"

    def __init__(self, problems: Sequence[Problem], **context: object) -> None:
        self.problems: list[Problem] = list(problems)
        super().__init__(
            count=len(self.problems),
            summary=" | ".join(f"{one.path}: {one.message}" for one in self.problems),
            ringkasan=" | ".join(f"{one.path}: {one.pesan}" for one in self.problems),
            **context,
        )


class SecretMissingError(HarvesterError):
    code = "secret_missing"
    message = "Secret {name} is not stored; set it with `ckan jambi secret set {organization} {name}`"
    message_id = "Rahasia {name} belum disimpan; isi dengan `ckan jambi secret set {organization} {name}`."


class SecretLockedError(HarvesterError):
    """Whoever may write a definition may not have its secrets sent where he likes."""

    code = "secret_locked"
    message = "Secret {name} is given only to a definition that is applied or approved as it is"
    message_id = "Rahasia {name} hanya diberikan kepada definisi yang sudah diterapkan atau disetujui."


class SecretUnreadableError(HarvesterError):
    code = "secret_unreadable"
    message = "Secret {name} cannot be read: {reason}"
    message_id = "Rahasia {name} tidak dapat dibaca; periksa kunci brankas portal."


class FetchError(HarvesterError):
    """No usable answer came from the source.

    Attributes:
        transient: whether the same request may succeed in a moment.
        retry_after: seconds that the source asked us to wait, if it did.
    """

    transient: bool = False
    retry_after: float | None = None

    code = "fetch_failed"
    message = "Could not read {url}"
    message_id = "Alamat {url} tidak dapat dibaca."


class AddressRefusedError(FetchError):
    code = "address_refused"
    message = "Refused to connect to {host}: {reason}. An internal system needs an entry in the allowlist"
    message_id = (
        "Sambungan ke {host} ditolak: {alasan}. "
        "Sistem internal harus didaftarkan dulu oleh sysadmin sebagai target yang diizinkan."
    )


class RedirectRefusedError(AddressRefusedError):
    code = "redirect_refused"
    message = "Refused a redirect from {url}: {reason}. Ask the owner for the final address and use that"
    message_id = (
        "Pengalihan dari {url} ditolak: {alasan}. "
        "Tanyakan alamat akhirnya kepada pemilik sistem, lalu perbaiki definisi sumber."
    )


class SourceDownError(FetchError):
    code = "source_down"
    message = "The source does not answer at {url}: {reason}. Public data stays as it was; it is tried again"
    message_id = (
        "Sumber tidak menjawab di {url}: {alasan}. Data yang sudah terbit tetap; panen dicoba lagi. "
        "Bila berlanjut, hubungi pengelola sistem."
    )


class NotFoundError(SourceDownError):
    code = "not_found"
    message = "Nothing is found at {url} (HTTP {status}). Check the address; public data stays as it was"
    message_id = (
        "Tidak ada apa pun di {url} (HTTP {status}). Periksa alamat di definisi sumber; "
        "data yang sudah terbit tetap."
    )


class MovedError(SourceDownError):
    code = "source_moved"
    message = (
        "{url} sends on to {host}, which is not the source's own host. Check it and change client.base_url"
    )
    message_id = (
        "{url} mengalihkan ke {host}, yang bukan host sumber ini. Pastikan kepada pemilik, lalu ubah "
        "client.base_url; sebelum itu sumber dianggap mati dan data yang sudah terbit tetap."
    )


class DeadlineError(SourceDownError):
    code = "deadline_exceeded"
    message = "The answer of {url} took longer than {seconds} s and was given up"
    message_id = (
        "Jawaban dari {url_id} lebih lama dari {seconds} detik sehingga dihentikan. "
        "Minta pemilik mempercepat sistem atau memperkecil halamannya."
    )


class AuthFailedError(FetchError):
    code = "auth_failed"
    message = "The source refused our credentials at {url} ({answer}). Renew the secret of this source"
    message_id = "Sumber menolak kunci akses di {url} ({answer}). Perbarui rahasia sumber ini."

    def __init__(self, **context: object) -> None:
        super().__init__(**{"answer": f"HTTP {context.get('status')}", **context})


class SignInRequiredError(AuthFailedError):
    code = "auth_required"
    message = "{url} asks people to sign in. Share the document with everyone who has the link"
    message_id = (
        "{url} meminta masuk dengan akun. Minta pemilik membagikan dokumen kepada siapa saja yang "
        "memiliki tautan; data yang sudah terbit tetap."
    )


class WriteAccessError(FetchError):
    code = "write_access"
    message = "The role at {url} may change data and is refused. Ask for one that can only read"
    message_id = (
        "Akun di {url} dapat mengubah data sehingga ditolak. "
        "Minta pengelola basis data membuat akun yang hanya dapat membaca."
    )


class RateLimitedError(FetchError):
    code = "rate_limited"
    message = "The source asked to wait until {due_at}; no request is sent before"
    message_id = "Sumber meminta jeda sampai {due_at}; sebelum itu tidak ada permintaan yang dikirim."

    def __init__(self, *, due_at: datetime, **context: object) -> None:
        self.due_at = due_at
        super().__init__(due_at=due_at.isoformat(timespec="seconds"), **context)


class StatusError(FetchError):
    code = "unexpected_status"
    message = "The source answered HTTP {status} at {url}. Check path and parameters of the definition"
    message_id = "Sumber menjawab HTTP {status} di {url}. Periksa alamat dan parameter di definisi sumber."


class TlsRefusedError(FetchError):
    code = "tls_refused"
    message = "The certificate of {host} is not valid: {reason}. Ask the owner, or pin it with guard.tls"
    message_id = (
        "Sertifikat {host} tidak sah: {alasan}. Minta pemilik memperbaikinya, "
        "atau sematkan sertifikatnya dengan guard.tls."
    )


class TooLargeError(FetchError):
    code = "too_large"
    message = "{what} is larger than the limit of {limit}. Split it, or raise polite.max_bytes"
    message_id = (
        "{what_id} melebihi batas {limit}. Minta data dibagi, atau naikkan polite.max_bytes di definisi."
    )


class CompressionBombError(TooLargeError):
    code = "compression_bomb"
    message = "The compressed answer of {url} unpacks to more than {limit} times its size and was refused"
    message_id = (
        "Jawaban terkompresi dari {url} mengembang lebih dari {limit} kali sehingga ditolak. "
        "Periksa sistem sumber bersama pemiliknya."
    )


class TruncatedError(FetchError):
    code = "truncated"
    message = "The answer of {url} broke off before its end; nothing of it is used. It is tried again"
    message_id = (
        "Jawaban dari {url} terputus sebelum selesai; tidak ada bagiannya yang dipakai. Panen dicoba lagi."
    )


class ContentError(HarvesterError):
    """An answer came and cannot be used."""

    code = "content_error"
    message = "The answer cannot be used: {reason}"
    message_id = "Jawaban sumber tidak dapat dipakai: {alasan}."


class UnexpectedContentError(ContentError):
    code = "unexpected_content"
    message = "{url} answered {found} where {expected} is expected. Public data stays; check the source"
    message_id = (
        "{url} menjawab {found_id} padahal yang diharapkan {expected_id}. Data yang sudah terbit tetap; "
        "periksa apakah sistem meminta masuk atau sedang galat."
    )


class SourceFailedError(UnexpectedContentError):
    """The source answers 200 and says itself that it failed; `reason` names its own code, never its words."""

    code = "source_failed"
    message = "The source answered, but says itself that it failed ({reason}). Public data stays"
    message_id = (
        "Sumber menjawab, tetapi menyatakan sendiri bahwa ia gagal ({alasan}). "
        "Data yang sudah terbit tetap; hubungi pengelola sistem."
    )

    def __init__(self, **context: object) -> None:
        stated = {"reason": "guard.success is not true", "alasan": "guard.success tidak terpenuhi"}
        super().__init__(**(context if "reason" in context else {**stated, **context}))


class UnreadableError(ContentError):
    code = "unreadable"
    message = "{what} cannot be read: {reason}"
    message_id = "{what_id} tidak dapat dibaca: {alasan}. Minta pemilik mengirim berkas yang utuh."


class EncodingError(ContentError):
    code = "undecodable"
    message = "Text is not {encoding} at byte {offset}. State the right schema.dialect.encoding"
    message_id = (
        "Teks bukan {encoding} pada bita ke-{offset}. "
        "Isi schema.dialect.encoding dengan penyandian yang benar."
    )


class InvalidGuidError(ContentError):
    code = "invalid_guid"
    message = "An identifier must have 1-255 characters, this one has {length}. Check primary_key"
    message_id = "Pengenal harus 1-255 karakter, yang ini {length}. Periksa primary_key di definisi."


class EmptyListError(ContentError):
    code = "empty_list"
    message = "The source lists {count} record(s), fewer than the {minimum} expected. Public data stays"
    message_id = (
        "Sumber hanya memuat {count} baris, kurang dari {minimum} yang diharapkan. Data yang sudah terbit "
        "tetap; pastikan kepada pemilik apakah daftarnya memang kosong."
    )


class IncompleteListError(ContentError):
    code = "incomplete_list"
    message = "The list is not proven complete: {reason}. Nothing is treated as removed"
    message_id = (
        "Daftar tidak terbukti lengkap: {alasan}. Tidak ada data yang dianggap terhapus; "
        "periksa pengaturan halaman (client.paginator)."
    )


class PartsMissingError(IncompleteListError):
    """Some of the calls of a list failed: the rows of those parts, and only those, are not known.

    Attributes:
        param: the parameter that was asked value by value.
        parts: its values whose call failed.
    """

    code = "parts_missing"
    message = "{count} of {total} parts ({param}) did not come, first {first}. Their old rows stay"
    message_id = (
        "{count} dari {total} bagian ({param}) tidak datang, pertama {first}. Baris lamanya tetap; "
        "periksa apakah kodenya masih dilayani sumber."
    )

    def __init__(self, *, param: str, parts: Sequence[str], **context: object) -> None:
        self.param = param
        self.parts: tuple[str, ...] = tuple(parts)
        super().__init__(param=param, count=len(parts), first=parts[0], **context)


class PlaceLostError(ContentError):
    """What a list holds before the place at which it was cut is no longer what came: it must begin again."""

    code = "place_lost"
    message = "The list changed while its reading was cut; it is read from its start"
    message_id = "Daftar berubah selagi pembacaannya terputus; daftar dibaca lagi dari awal."


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """One difference between the columns that are approved and those that came."""

    column: str
    change: str
    expected: str | None = None
    found: str | None = None


class SchemaDriftError(ContentError):
    """Columns are missing, new or of another type; `diff` says which."""

    code = "schema_drift"
    message = "The columns changed: {summary}. The public version stays until a steward decides"
    message_id = (
        "Kolom sumber berubah: {ringkasan}. Versi yang terbit tetap sampai walidata memutuskan; "
        "sesuaikan schema.fields bila perubahan memang disengaja."
    )

    def __init__(self, diff: Sequence[ColumnChange], **context: object) -> None:
        self.diff: tuple[ColumnChange, ...] = tuple(diff)
        super().__init__(
            summary=", ".join(f"{one.change} {one.column}" for one in self.diff),
            ringkasan=", ".join(f"{CHANGE_ID[one.change]} {one.column}" for one in self.diff),
            **context,
        )


CHANGE_ID: Mapping[str, str] = {"missing": "hilang", "new": "baru", "renamed": "ganti nama", "type": "tipe"}


class NumberLocaleError(ContentError):
    code = "number_locale"
    message = (
        "Numbers of column {column} are not written in the declared locale {locale}. Check schema.locale"
    )
    message_id = (
        "Angka pada kolom {column} tidak ditulis menurut {locale}. "
        "Periksa schema.locale; angka tidak pernah ditebak."
    )


class TooManyBadRowsError(ContentError):
    code = "too_many_bad_rows"
    message = "{bad} of {rows} rows cannot be read (first: line {line}, {reason}). The run is held"
    message_id = (
        "{bad} dari {rows} baris tidak dapat dibaca (pertama: baris {line}, {alasan}). Panen ditahan; "
        "perbaiki berkas sumber atau definisinya."
    )


class _Filled(dict[str, object]):
    """Texts must never fail for a missing piece of context."""

    def __init__(self, context: Mapping[str, object]) -> None:
        super().__init__(context)

    def __missing__(self, key: str) -> object:
        fallback = "reason" if key == "alasan" else key.removesuffix("_id")
        return self.get(fallback, "?")
