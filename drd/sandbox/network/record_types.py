"""Record types of DNS zones: what each holds, how public and private zones write it, and what is well-formed."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drd.sandbox.body import object_at, objects_at, text_at, texts_at
from drd.sandbox.errors import bad_request
from drd.sandbox.wire import JsonObject

KINDS = ("A", "AAAA", "CNAME", "TXT")
"""The types that can be written; SOA, and NS in public zones, stand at the apex by themselves."""
APEX = "@"
_LONGEST_TTL = 2_147_483_647
_LONGEST_TEXT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a kind of zone writes its record sets: `type` of the zone, its word for the TTL, and each type's member."""

    type: str
    ttl: str
    members: Mapping[str, str]
    apex: tuple[str, ...]


PUBLIC = Dialect(
    type="Microsoft.Network/dnszones",
    ttl="TTL",
    members={
        "A": "ARecords",
        "AAAA": "AAAARecords",
        "CNAME": "CNAMERecord",
        "TXT": "TXTRecords",
        "NS": "NSRecords",
        "SOA": "SOARecord",
    },
    apex=("NS", "SOA"),
)
PRIVATE = Dialect(
    type="Microsoft.Network/privateDnsZones",
    ttl="ttl",
    members={
        "A": "aRecords",
        "AAAA": "aaaaRecords",
        "CNAME": "cnameRecord",
        "TXT": "txtRecords",
        "SOA": "soaRecord",
    },
    apex=("SOA",),
)


def records_asked(dialect: Dialect, kind: str, asked: JsonObject) -> JsonObject:
    """Return the TTL, the records and the metadata of a well-formed record set, as its dialect writes them.

    Raises:
        ArmError: 400, the TTL or the records are missing, or not of their type.
    """
    folded = {name.casefold(): value for name, value in asked.items() if value is not None}
    ttl, member = folded.get("ttl"), dialect.members[kind]
    if not isinstance(ttl, int) or isinstance(ttl, bool) or not 1 <= ttl <= _LONGEST_TTL:
        raise bad_request(
            "BadRequest", f"The TTL of record set must be a number from 1 to {_LONGEST_TTL} inclusive; it is '{ttl}'."
        )
    if folded.get(member.casefold()) is None:
        raise bad_request("BadRequest", f"A record set of type {kind} needs '{member}'.")
    return {
        dialect.ttl: ttl,
        member: _READERS[kind]({member: folded[member.casefold()]}, member),
        "metadata": object_at(asked, "metadata"),
    }


def _addresses(asked: JsonObject, member: str, name: str, version: int) -> list[JsonObject]:
    found = []
    for record in objects_at(asked, member):
        text = text_at(record, name)
        try:
            address = ipaddress.ip_address(text)
        except ValueError as error:
            raise bad_request("BadRequest", f"The value '{text}' is no IPv{version} address.") from error
        if address.version != version:
            raise bad_request("BadRequest", f"The value '{text}' is no IPv{version} address.")
        found.append({name: text})
    if not found:
        raise bad_request("BadRequest", "The record set must hold at least one record.")
    return found


def _alias(asked: JsonObject, member: str) -> JsonObject:
    name = text_at(asked, member, "cname")
    if not name:
        raise bad_request("BadRequest", "A record set of type CNAME needs 'cname'.")
    return {"cname": name}


def _texts(asked: JsonObject, member: str) -> list[JsonObject]:
    found = [{"value": texts_at(record, "value")} for record in objects_at(asked, member)]
    if not found or any(not one["value"] for one in found):
        raise bad_request("BadRequest", "The record set must hold at least one record.")
    if any(len(text) > _LONGEST_TEXT for one in found for text in one["value"]):
        raise bad_request("BadRequest", f"A text of a TXT record has at most {_LONGEST_TEXT} characters.")
    return found


def _authority(asked: JsonObject, member: str) -> JsonObject:
    return object_at(asked, member)


def _servers(asked: JsonObject, member: str) -> list[JsonObject]:
    return [{"nsdname": text_at(record, "nsdname")} for record in objects_at(asked, member)]


_READERS: Mapping[str, Callable[[JsonObject, str], object]] = {
    "A": lambda asked, member: _addresses(asked, member, "ipv4Address", 4),
    "AAAA": lambda asked, member: _addresses(asked, member, "ipv6Address", 6),
    "CNAME": _alias,
    "TXT": _texts,
    "SOA": _authority,
    "NS": _servers,
}
