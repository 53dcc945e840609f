"""Static files: cached for a year under an address that changes with them, and sent compressed."""

import hashlib
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, request, session
from flask_compress import Compress


def add_assets(app: Flask) -> None:
    """Give templates `asset` and `sprite`, and compress what holds no secret of a signed-in person."""
    static = Path(app.static_folder or "")
    version = asset_version(static)

    def asset(filename: str, *, versioned: bool = True) -> str:
        # Every page writes a dozen; `url_for` is for addresses that have more to them.
        return f"{app.static_url_path}/{quote(filename)}" + (f"?v={version}" if versioned else "")

    app.jinja_env.globals.update(asset=asset, sprite=asset("icons/sprite.svg"))
    app.config.update(COMPRESS_REGISTER=False, COMPRESS_ALGORITHM=["br", "gzip"], COMPRESS_BR_LEVEL=5)
    compress = Compress(app)

    @app.after_request
    def compressed(response: Response) -> Response:
        # A compressed page that repeats what was typed beside a token can be guessed from its size (BREACH).
        if request.endpoint != "static" and session:
            return response
        file = response.response
        smaller = compress.after_request(response)
        if smaller.response is not file and hasattr(file, "close"):
            file.close()
        return smaller


def asset_version(folder: Path) -> str:
    """Eight characters that change when any file in `folder` does."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]
