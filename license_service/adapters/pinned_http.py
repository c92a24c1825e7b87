"""HTTP to addresses that were looked up once and judged, with a deadline and a byte budget over all of it.

The name is resolved here and the connection goes to that very address, so a second answer of the name
server cannot lead elsewhere. No redirect is followed, no proxy of the environment is used. Metadata
addresses of clouds and the services that are kept off are reached by nobody, whatever is listed.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from license_service.errors import ConfigurationError

Resolver = Callable[[str, int], Iterable[str]]
_Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address
_PORTS = {"http": 80, "https": 443}
_CHUNK = 64 * 1024
_OK = 200
_CONNECT_SECONDS = 3.0


_METADATA: tuple[_Network, ...] = tuple(
    map(ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32"))
)
"""Where clouds answer with credentials: link-local, and the addresses of two that use others."""


@dataclass(frozen=True)
class Answer:
    """Hold an answer; `body` is None where it was larger than the budget."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


@dataclass
class Budget:
    """Hold what several requests together may still take; spent as they go."""

    seconds: float
    octets: int
    _began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Return the seconds left."""
        return self.seconds - (time.monotonic() - self._began)


class PinnedHttp:
    """Ask listed hosts at public addresses, or at those of listed networks."""

    def __init__(
        self,
        hosts: Iterable[str],
        networks: Iterable[str] = (),
        resolver: Resolver | None = None,
        off_limits: Collection[tuple[str, int]] = (),
    ) -> None:
        """Read the lists: `host`, `host:port` or `scheme://host:port`, CIDR networks, services kept off.

        Raises:
            ConfigurationError: if a network is none.
        """
        self._hosts = frozenset(host.lower() for host in hosts)
        self._resolver = resolver or _resolve
        self._off_limits = off_limits
        try:
            self._networks: tuple[_Network, ...] = tuple(map(ip_network, networks))
        except ValueError as error:
            raise ConfigurationError(f"not a network: {error}") from error

    def ask(
        self,
        url: str,
        budget: Budget,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes | None:
        """Return the body of a 200 answer that came in time and in full, else None; raises nothing."""
        answer = self.exchange(url, budget, method=method, body=body, headers=headers)
        return answer.body if answer is not None and answer.status == _OK else None

    def exchange(
        self,
        url: str,
        budget: Budget,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer | None:
        """Return an answer that came in time, else None; raises nothing."""
        target = self._target(url)
        if target is None or budget.left <= 0:
            return None
        parts, host, port = target
        address = self._address(host, port)
        if address is None:
            return None
        connection = _connection(parts.scheme, address, host, port, min(_CONNECT_SECONDS, budget.left))
        watchdog = Timer(max(budget.left, 0), _cut, (connection,))
        watchdog.daemon = True
        watchdog.start()
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            # Connecting has its own limit; what is slow after it is cut by the watchdog.
            connection.connect()
            connection.sock.settimeout(max(budget.left, 0.001))
            connection.request(
                method,
                path,
                body=body,
                headers={"Host": parts.netloc, **(headers or {})},
                preload_content=False,
            )
            return _read(connection, budget)
        except (HTTPError, HTTPException, OSError, ValueError):
            return None
        finally:
            watchdog.cancel()
            connection.close()

    def allows(self, url: str) -> bool:
        """Tell whether the operator listed the URL's host."""
        return self._target(url) is not None

    def _target(self, url: str) -> tuple[SplitResult, str, int] | None:
        found = _split(url)
        if found is None:
            return None
        parts, host, port = found
        usual = port == _PORTS[parts.scheme] and host in self._hosts
        listed = usual or not self._hosts.isdisjoint((f"{host}:{port}", f"{parts.scheme}://{host}:{port}"))
        return (parts, host, port) if listed and "@" not in parts.netloc else None

    def _address(self, host: str, port: int) -> str | None:
        """Return where the host is, None unless every address it has is allowed: a mixed answer is a trap."""
        try:
            addresses = list(self._resolver(host, port))
            allowed = bool(addresses) and all(self._reachable(ip_address(a)) for a in addresses)
            allowed = allowed and not self._is_off_limits(addresses, port)
        except (OSError, ValueError):
            return None
        return addresses[0] if allowed else None

    def _is_off_limits(self, addresses: Collection[str], port: int) -> bool:
        """Tell whether one of the addresses is that of a service kept off, by whatever name."""
        hosts = [host for host, its_port in self._off_limits if its_port == port]
        found = {address for host in hosts for address in self._resolver(host, port)}
        return not found.isdisjoint(addresses)

    def _reachable(self, address: _Address) -> bool:
        real = _embedded(address)
        if any(real in network for network in _METADATA):
            return False
        if any(real in network for network in self._networks):
            return True
        return real.is_global and not (real.is_multicast or real.is_reserved)


def origin(url: str) -> str | None:
    """Return `scheme://host:port`, as lists have it; None for what is no URL of a web server."""
    found = _split(url)
    return None if found is None else f"{found[0].scheme}://{found[1]}:{found[2]}"


def _split(url: str) -> tuple[SplitResult, str, int] | None:
    try:
        parts = urlsplit(url)
        usual = _PORTS[parts.scheme]
        return parts, (parts.hostname or "").lower(), parts.port or usual
    except (ValueError, KeyError):
        return None


def _embedded(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo or NAT64."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


_NAT64 = IPv6Network("64:ff9b::/96")


def _resolve(host: str, port: int) -> list[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def _connection(scheme: str, address: str, host: str, port: int, timeout: float) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(address, port, timeout=timeout, server_hostname=host, assert_hostname=host)
    return HTTPConnection(address, port, timeout=timeout)


def _read(connection: HTTPConnection, budget: Budget) -> Answer | None:
    answer = connection.getresponse()
    data = bytearray()
    while chunk := answer.read1(_CHUNK, decode_content=False):
        budget.octets -= len(chunk)
        if budget.octets < 0:
            return Answer(answer.status, answer.headers, None)
        if budget.left <= 0:
            return None
        data += chunk
    complete = answer.length_remaining in (0, None) and budget.left > 0
    return Answer(answer.status, answer.headers, bytes(data)) if complete else None


def _cut(connection: HTTPConnection) -> None:
    """End a connection from outside: a peer that sends one byte a second never times out by itself."""
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
