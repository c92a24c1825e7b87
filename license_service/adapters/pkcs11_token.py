"""Ed25519 keys in a PKCS#11 token: they are made in it, sign in it, and never leave it.

Clause: PKCS #11 3.0, 2.3.14 (CKM_EDDSA); RFC 8032.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from license_service.errors import ConfigurationError

_CURVE = bytes.fromhex("130c656477617264733235353139")
"""`edwards25519` as PrintableString, which tokens in use know better than the identifier."""
_KEY_BYTES, _LABEL_BYTES = 32, 8


class Pkcs11Token:
    """Hold a session with the token of a label; nothing is opened before the first use.

    Raises:
        ConfigurationError: on use, if there is no such module, token or key, or the token does not do it.
    """

    def __init__(self, module: str, label: str, pin: str) -> None:
        self._module, self._label, self._pin = module, label, pin
        self._lock = Lock()
        self._session: Any = None

    def draw(self) -> Pkcs11Key:
        """Make a key in the token, under a label of its own."""
        pkcs11, name = _library(), f"license-service-log-{secrets.token_hex(_LABEL_BYTES)}"
        with self._working() as session:
            parameters = session.create_domain_parameters(
                pkcs11.KeyType.EC_EDWARDS, {pkcs11.Attribute.EC_PARAMS: _CURVE}, local=True
            )
            parameters.generate_keypair(
                mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, label=name, store=True
            )
        return self.key(name)

    def key(self, name: str) -> Pkcs11Key:
        """Return the key of a label."""
        pkcs11 = _library()
        with self._working() as session:
            public = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=name)
            private = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=name)
            raw = bytes(public[pkcs11.Attribute.EC_POINT])[-_KEY_BYTES:]
        verifying = Ed25519PublicKey.from_public_bytes(raw)

        def sign(data: bytes) -> bytes:
            with self._working():
                return bytes(private.sign(data, mechanism=pkcs11.Mechanism.EDDSA))

        return Pkcs11Key(name, verifying, sign)

    def destroy(self, name: str) -> None:
        """Remove both halves of a key from the token."""
        pkcs11 = _library()
        with self._working() as session:
            for kind in (pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.ObjectClass.PUBLIC_KEY):
                session.get_key(object_class=kind, label=name).destroy()

    @contextmanager
    def _working(self) -> Iterator[Any]:
        """Lend the session to one thread at a time; whatever the token refuses is told as what it is."""
        pkcs11 = _library()
        with self._lock:
            try:
                if self._session is None:
                    self._session = self._open(pkcs11)
                yield self._session
            except (pkcs11.PKCS11Error, RuntimeError) as error:
                raise ConfigurationError(f"PKCS#11 token {self._label}: {type(error).__name__}") from error

    def _open(self, pkcs11: Any) -> Any:  # noqa: ANN401 - see _library
        token = pkcs11.lib(self._module).get_token(token_label=self._label)
        try:
            return token.open(rw=True, user_pin=self._pin)
        except pkcs11.UserAlreadyLoggedIn:  # by another session of this process, for all of them
            return token.open(rw=True)


class Pkcs11Key:
    """Sign with a key that stays in its token, as with one in memory."""

    def __init__(self, label: str, public_key: Ed25519PublicKey, sign: Callable[[bytes], bytes]) -> None:
        self.label = label
        self._public_key, self._sign = public_key, sign

    def sign(self, data: bytes) -> bytes:
        """Return the signature."""
        return self._sign(data)

    def public_key(self) -> Ed25519PublicKey:
        """Return the public half."""
        return self._public_key


def _library() -> Any:  # noqa: ANN401 - a module that is optional, and untyped
    try:
        return import_module("pkcs11")
    except ImportError as error:
        raise ConfigurationError("a PKCS#11 token needs the extra license-service[hsm]") from error
