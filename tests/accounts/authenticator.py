"""An authenticator in a few lines (WebAuthn Level 2, ES256, no attestation), as honest or as crooked as a test asks."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One device with one key; `origin` is the site that the browser says it is on."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def make(self, challenge: str) -> str:
        """What the browser answers to `navigator.credentials.create`, as JSON."""
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        told = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._about(_ATTESTED) + attested})
        return self._answer(self._client("webauthn.create", challenge), attestationObject=_text(told))

    def sign(self, challenge: str) -> str:
        """What the browser answers to `navigator.credentials.get`, as JSON."""
        self.count += 1
        client, about = self._client("webauthn.get", challenge), self._about(0)
        signature = self.key.sign(about + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(client, authenticatorData=_text(about), signature=_text(signature))

    def _about(self, flags: int) -> bytes:
        here = hashlib.sha256(self.rp_id.encode()).digest()
        return here + bytes([_PRESENT | _VERIFIED | flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, client: bytes, **response: str) -> str:
        identity = _text(self.credential_id)
        return json.dumps(
            {
                "id": identity,
                "rawId": identity,
                "type": "public-key",
                "response": {"clientDataJSON": _text(client), **response},
                "clientExtensionResults": {},
            }
        )


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
