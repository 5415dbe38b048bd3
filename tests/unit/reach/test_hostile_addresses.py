"""A corpus of addresses that a wrong or poisoned file could hold: each is refused, and nothing leaves drd."""

from datetime import timedelta

import pytest

from drd.domain.errors import RefusedError
from drd.ports.reach import HttpAnswer
from drd.reach.guests import GuestReach
from drd.reach.rules import AllowList, Target

pytestmark = pytest.mark.anyio

LIMIT = timedelta(seconds=1)
ALLOWED = (
    "*.voorbeeld.example:443",
    "*.voorbeeld.example:80",
    "www.example:*",
    "10.2.1.0/24:443",
    "0.0.0.0/0:8080",
    "::/0:8080",
)

HOSTILE = (
    # the metadata and platform services of clouds, also where the list is too wide
    "http://169.254.169.254/metadata/instance?api-version=2021-02-01",
    "http://169.254.169.254:8080/metadata/identity/oauth2/token",
    "http://168.63.129.16/machine?comp=goalstate",
    "http://168.63.129.16:8080/",
    "http://100.100.100.200:8080/latest/meta-data/",
    "http://[fd00:ec2::254]:8080/",
    "http://[fe80::1]:8080/",
    "http://metadata.google.internal/",
    # loopback in its spellings
    "http://localhost/",
    "http://localhost:80/",
    "http://127.0.0.1/",
    "http://127.0.0.1:443/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.1:8080/",
    "http://2130706433/",
    "http://2130706433:8080/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1:8080/",
    "http://0/",
    "http://0.0.0.0:8080/",
    "http://[::1]/",
    "http://[::]:8080/",
    "http://[0:0:0:0:0:0:0:1]:8080/",
    "http://[::ffff:127.0.0.1]:8080/",
    "http://[::ffff:a9fe:a9fe]:8080/",
    "http://[::ffff:10.2.1.41]:8080/",
    "http://[64:ff9b::a9fe:a9fe]:8080/",
    "http://[2002:a9fe:a9fe::1]:8080/",
    "http://[fe80::1%25eth0]:8080/",
    # the metadata service in other spellings
    "http://2852039166/",
    "http://0xa9fea9fe:8080/",
    "http://169.254.43518/",
    "http://0251.0376.0251.0376/",
    "http://\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT SIX}\N{FULLWIDTH DIGIT NINE}.254.169.254/",
    "http://169\N{IDEOGRAPHIC FULL STOP}254\N{IDEOGRAPHIC FULL STOP}169\N{IDEOGRAPHIC FULL STOP}254/",
    "http://169.254.169.254./",
    # what two parsers read differently
    "https://burgerzaken.voorbeeld.example@169.254.169.254/",
    "https://burgerzaken.voorbeeld.example:443@169.254.169.254/",
    "https://169.254.169.254#@burgerzaken.voorbeeld.example/",
    "https://169.254.169.254\\@burgerzaken.voorbeeld.example/",
    "https://burgerzaken.voorbeeld.example\\.evil.example/",
    "https://burgerzaken.voorbeeld.example\t.evil.example/",
    "https://burgerzaken.voorbeeld.example/\r\nHost: evil.example",
    "https:burgerzaken.voorbeeld.example/",
    "https:///burgerzaken.voorbeeld.example/",
    "//burgerzaken.voorbeeld.example/",
    # other schemes, other hosts, other ports
    "file:///etc/passwd",
    "gopher://burgerzaken.voorbeeld.example:443/_",
    "ftp://burgerzaken.voorbeeld.example/",
    "http://evil.example/",
    "http://voorbeeld.example.evil.example/",
    "http://evilvoorbeeld.example/",
    "https://burgerzaken.voorbeeld.example:22/",
    "https://burgerzaken.voorbeeld.example:0/",
    "https://burgerzaken.voorbeeld.example:99999/",
    "https://10.2.2.1/",
    "https://10.2.1.41:22/",
    "https://xn--/",
    "https://-.voorbeeld.example/",
)


class Recorder:
    """Connects to nobody, and remembers what it was asked for."""

    resolves_itself = False

    def __init__(self, *addresses: str) -> None:
        """Take the addresses that every name has."""
        self.addresses = addresses
        self.lookups: list[str] = []
        self.asked: list[tuple[str, int, str]] = []

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Remember the look-up."""
        self.lookups.append(host)
        return self.addresses or (host,)

    async def connect(self, host: str, port: int) -> None:
        """Remember the connection."""
        self.asked.append((host, port, ""))

    async def get(self, target: Target, address: str) -> HttpAnswer:
        """Remember the question."""
        self.asked.append((address, target.port, target.authority))
        return HttpAnswer(status=200, body=b"x" * 100_000)


@pytest.mark.parametrize("url", HOSTILE, ids=ascii)
@pytest.mark.parametrize("through_proxy", [False, True])
async def test_a_hostile_url_is_refused_before_anything_is_sent(url: str, through_proxy: bool) -> None:
    """Not even its name is looked up, whoever would resolve it."""
    connector = Recorder("10.2.1.41")
    connector.resolves_itself = through_proxy

    with pytest.raises(RefusedError):
        await GuestReach(AllowList(ALLOWED), connector).get(url, limit=LIMIT)

    assert (connector.lookups, connector.asked) == ([], [])


def test_the_corpus_is_large_enough() -> None:
    """The promise is at least forty of them."""
    assert len(set(HOSTILE)) >= 40


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "::1",
        "::ffff:10.2.1.41",
        "0.0.0.0",  # noqa: S104 - a text to refuse, nothing binds to it
        "224.0.0.1",
        "fe80::1%eth0",
    ],
)
async def test_an_allowed_name_that_points_to_a_forbidden_address_is_not_connected_to(address: str) -> None:
    """A name may be rebound between two look-ups; there is only one, and it is judged."""
    connector = Recorder("10.2.1.41", address)

    with pytest.raises(RefusedError):
        await GuestReach(AllowList(ALLOWED), connector).connect("sql.voorbeeld.example", 443, limit=LIMIT)

    assert connector.asked == []


async def test_the_connection_goes_to_the_address_that_was_judged() -> None:
    """The name is looked up once; host header and certificate stay the name's."""
    connector = Recorder("10.2.1.41")

    answer = await GuestReach(AllowList(ALLOWED), connector).get("https://A.voorbeeld.example/health", limit=LIMIT)

    assert connector.lookups == ["a.voorbeeld.example"]
    assert connector.asked == [("10.2.1.41", 443, "a.voorbeeld.example")]
    assert len(answer.body) == 64 * 1024


@pytest.mark.parametrize(
    ("host", "port"), [("10.2.1.41", 443), ("www.example", 22), ("burgerzaken.voorbeeld.example.", 80)]
)
async def test_what_the_list_holds_is_asked(host: str, port: int) -> None:
    """An address by its network, a name by its line or its domain."""
    connector = Recorder("10.2.1.41")

    await GuestReach(AllowList(ALLOWED), connector).connect(host, port, limit=LIMIT)

    assert connector.asked == [("10.2.1.41", port, "")]


async def test_loopback_is_asked_only_where_the_list_holds_it() -> None:
    """A sandbox on this host has its line; nothing else on loopback is reached."""
    reach = GuestReach(AllowList(["127.0.0.1:8080", "front.example:8080"]), Recorder("127.0.0.1"))

    await reach.connect("front.example", 8080, limit=LIMIT)
    await reach.connect("127.0.0.1", 8080, limit=LIMIT)
    with pytest.raises(RefusedError):
        await reach.connect("127.0.0.1", 9090, limit=LIMIT)
