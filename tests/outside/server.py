"""A server on loopback with certificates of its own authority, and the seam by which a test leads a name there."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from clinic.outside.fetching import open_tls

HOST = "calendar.example.org"
PUBLIC = "93.184.215.14"
Handler = Callable[[ssl.SSLSocket], None]


@dataclass
class Server:
    """What it was asked so far, and whom it trusts and is trusted by."""

    port: int
    authority: Path
    asked: list[bytes] = field(default_factory=list)
    reached: list[tuple[str, str]] = field(default_factory=list)

    def connect(self, address: str, host: str, deadline: float) -> ssl.SSLSocket:
        """As in production, but for where it leads and for whom it trusts besides."""
        self.reached.append((address, host))
        context = ssl.create_default_context(cafile=str(self.authority))
        return open_tls("127.0.0.1", host, deadline, port=self.port, context=context)


def certificate(folder: Path, name: str = HOST, *, days: int = 30) -> Path:
    """A certificate that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    path = folder / f"{name}.{days}.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return path


@contextmanager
def serving(pem: Path, handler: Handler) -> Iterator[Server]:
    """A server that lets `handler` answer whoever has sent a whole request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1], pem)

        def run() -> None:
            with contextlib.suppress(OSError):
                while True:
                    plain, _ = listener.accept()
                    with contextlib.suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as secure:
                        request = b""
                        while not request.endswith(b"\r\n\r\n"):
                            request += secure.recv(4096)
                        server.asked.append(request)
                        handler(secure)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def answering(status: str, body: bytes = b"", *headers: str) -> Handler:
    """A handler that gives one answer."""

    def answer(secure: ssl.SSLSocket) -> None:
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        secure.sendall("\r\n".join(head).encode() + body)

    return answer
