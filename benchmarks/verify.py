"""What checking a whole log costs, beside the hashing alone, and beside Go's packages.

The log holds decisions and answers in turns, as the gate writes them: eight sealed values and two.
Checked are both exports: the public one, which has no values (here every entry is shown, which is
the dearest case), and the auditor's, in which every value is opened. Allowed for the public one,
which is what a journalist downloads: 7 µs of CPU for each entry, and memory that does not grow.

Peers in the same run: bare SHA-256 over the same entries, tree and values, read from the same
files, without looking at what they say; the program of one file that lies in the export; and, where
Go is there, its own packages for notes and logs (tests/foreign/check.go), which check the tree and
no more. Each check is a process of its own: CPU of both kinds, and the most memory it had, which is
no less than what this process has when it starts them.

    python benchmarks/verify.py [--entries N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from binascii import b2a_base64
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec
from append import decided

from cleargate.log.append import append
from cleargate.log.export import ForThePublic, export
from cleargate.log.merkle import complete
from cleargate.log.note import Signer
from cleargate.log.store import Log
from cleargate.log.tiles import split_bundle
from cleargate.log.verify import verify
from cleargate.model.leaf import Leaf

ALLOWED = 7.0
HERE = Path(__file__).parent
GO_CODE = "/usr/share/gocode"


class Line(msgspec.Struct):
    """A line of the values, for the bare hashing."""

    index: int
    values: list[msgspec.Raw]


def answered(decision: int) -> Leaf:
    """An answer as the gate writes it."""
    clear = {"decision": decision, "rows": 2, "columns": ["id", "date", "offense", "beat"]}
    salted = {"keys_digest": "ab" * 32, "target": "incident"}
    return Leaf("answered", datetime.now(UTC), "", 0, "api", clear, salted)


def build(folder: Path, entries: int) -> str:
    """A log with both exports beside it; its public key."""
    log = Log.create(
        folder / "log.db",
        folder / "guard",
        signer=Signer.from_seed("example.gov/benchmark", os.urandom(32)),
        random=os.urandom,
    )
    for start in range(0, entries, 512):
        pairs = ((decided(), answered(n)) for n in range(start, min(start + 512, entries), 2))
        append(log, [leaf for pair in pairs for leaf in pair])
    export(log, folder / "auditor")
    everything = ForThePublic(("CIV-IMM",), datetime.max.replace(tzinfo=UTC))
    export(log, folder / "public", public=everything)
    log.close()
    return log.vkey


def bare(out: Path) -> None:
    """The hashes that no check can do without, and nothing else."""
    for path in sorted(p for p in (out / "tile/entries").rglob("*") if p.is_file()):
        leaves = [sha256(b"\0" + e).digest() for e in split_bundle(path.read_bytes())[0]]
        if len(leaves) == 256:
            complete(b"".join(leaves))
    values = out / "disclosures.jsonl"
    if values.is_file():
        decode = msgspec.json.Decoder(Line).decode
        with values.open("rb") as file:
            for raw in file:
                for value in decode(raw).values:
                    sha256(b2a_base64(bytes(value), newline=False)).digest()


def spent(line: Sequence[str | Path]) -> tuple[float, float]:
    """Seconds of CPU and MiB at most, of a program that must end well."""
    child = subprocess.Popen([str(part) for part in line], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{line[0]} ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def go(folder: Path) -> Path | None:
    """Go's check, compiled; None where Go is not there."""
    if not shutil.which("go") or not Path(GO_CODE, "src/golang.org/x/mod/sumdb").is_dir():
        return None
    environment = {
        "PATH": os.environ["PATH"], "GOPATH": GO_CODE, "GO111MODULE": "off",
        "GOCACHE": str(folder / "cache"),
    }  # fmt: skip
    source = HERE.parent / "tests" / "foreign" / "check.go"
    subprocess.run(["go", "build", "-o", folder / "go-check", source], env=environment, check=True)
    return folder / "go-check"


def measure(folder: Path, entries: int) -> float:
    """Print a table; give what the check of the public export costs, in µs for each entry."""
    vkey, compiled = build(folder, entries), go(folder)
    me = [sys.executable, __file__]
    print(f"{entries} entries; CPU for each, and the most memory")
    ours = 0.0
    for name, values in (("public", "no values"), ("auditor", "every value opened")):
        out = folder / name
        rows = {
            "verify": [*me, "--one", "verify", out, vkey],
            "bare SHA-256": [*me, "--one", "bare", out, vkey],
            "check_log.py": [sys.executable, out / "check_log.py", out, vkey],
        }
        if compiled and name == "public":
            rows["Go, tree only"] = [compiled, out, vkey]
        for what, line in rows.items():
            cpu, most = spent(line)
            each = cpu / entries * 1e6
            if (name, what) == ("public", "verify"):
                ours = each
            print(f"  {name}, {values:<18}  {what:<14} {each:6.2f} µs  {most:6.0f} MiB")
    return ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        what, out, vkey = args.one
        if what == "bare":
            bare(Path(out))
        else:
            verify(out, vkey).raise_if_wrong()
        return
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        ours = measure(Path(name), args.entries)
    print(f"allowed for the public export: {ALLOWED} µs")
    raise SystemExit(ours > ALLOWED)


if __name__ == "__main__":
    main()
