"""``cleargate log witness`` and ``cleargate log publish``: signatures by somebody else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ..config import load, random_bytes, utc_now
from ..log.cosign import Cosigner, Witness
from ..log.note import Verifier
from ..log.publish import Address, Standing, http_post, publish
from ..log.witness import WitnessBook
from ..model.errors import BadUse, KeyUnusable
from ..storage import private
from ..web.witness import WitnessServer
from .session import declare, folder_argument, keep_secret, reading, tell

_SILENT = 4

group = click.Group("log")
"""These two; ``log`` takes them into its own."""


@declare("publish", "cleargate log publish county", group)
@folder_argument
def publish_(folder: Path, as_json: bool) -> None:
    """Ask each witness of the settings to sign the newest checkpoint; run it every few minutes. The
    exit code is 4 while one of them is silent.
    """
    settings = load(folder)
    if not settings.witnesses:
        raise BadUse(f"{folder} names no witness; add [[witness]] with its key and url.")
    asked = [Address(Witness.parse(w.key), w.url) for w in settings.witnesses]
    with reading(folder) as (_, gate):
        post = http_post(settings.limits.witness_seconds)
        found = publish(gate.parts.log, settings.cosigned, asked, post, utc_now)
    tell(as_json, found, "\n".join(map(said, found)))
    if any(standing.silent_since for standing in found):
        raise click.exceptions.Exit(_SILENT)


def said(standing: Standing) -> str:
    """How the log stands with a witness, in a line."""
    name = Witness.parse(standing.witness).name
    last = "has signed nothing yet"
    if standing.signed_at is not None:
        at = datetime.fromtimestamp(standing.signed_at, UTC)
        last = f"signed {standing.size} entries at {at:%Y-%m-%d %H:%M:%S} UTC"
    if standing.silent_since is None:
        return f"{name} {last}."
    since = f"{standing.silent_since:%Y-%m-%d %H:%M:%S} UTC"
    return f"{name} {last}; SILENT since {since}: {standing.why.rstrip('.')}."


@declare("witness", "cleargate log witness seen --name w.example --log county/log.vkey", group)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", default="", help="The witness's name; needed the first time.")
@click.option(
    "--log", "logs", multiple=True, metavar="KEY", help="A log's public key, or its file. Again "
    "for each log, and for each new key of a log."
)  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8471, show_default=True)
def witness(
    folder: Path, name: str, logs: tuple[str, ...], host: str, port: int, as_json: bool
) -> None:
    """Watch logs that others keep: sign each checkpoint that goes on from the last one seen, refuse
    every other. FOLDER keeps the witness's own key and what it saw; never put an older copy of it
    back. It speaks plain HTTP: put a proxy in front of it that does the encryption.
    """
    if not logs:
        raise BadUse("Say which logs to watch: --log KEY, once for each.")
    watched = [_log_key(one) for one in logs]
    cosigner = _own_key(folder, name)
    book = WitnessBook(folder / "seen.json", cosigner, watched)
    try:
        server = WitnessServer((host, port), book)
    except OSError as fault:
        raise BadUse(f"{host}:{port} cannot be listened at: {fault.strerror}.") from None
    data = {"serving": server.url, "key": str(cosigner.witness)}
    tell(as_json, data, f"Witness {cosigner.witness} at {server.url} until Ctrl-C.")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def _own_key(folder: Path, name: str) -> Cosigner:
    path = folder / "witness.key"
    try:
        if not path.exists():
            if not name:
                raise BadUse(f"{folder} has no key yet; name the witness with --name.")
            folder.mkdir(parents=True, exist_ok=True)
            made = Cosigner.from_seed(name, random_bytes(32))
            keep_secret(path, made.secret_text() + "\n")
        return Cosigner.parse(private.read(path))
    except OSError as fault:
        raise KeyUnusable(f"The key {path} cannot be used: {fault.strerror}.") from None


def _log_key(given: str) -> Verifier:
    path = Path(given)
    try:
        return Verifier.parse(path.read_text("utf-8") if path.is_file() else given)
    except (OSError, UnicodeDecodeError):
        raise BadUse(f"{given} cannot be read; give a log's public key, or its file.") from None
