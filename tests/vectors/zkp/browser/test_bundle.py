"""The bundle that pages load is what its sources and the lock file make, and keeps the protocol."""

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[4]
BUILT = CHECKOUT / "static" / "zkp"
BUNDLES = ("signet.js", "argon2.js", "LICENSES.txt")
# What a page may make a person wait for, beside the wasm.
MOST_BYTES = 60_000


def npm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["npm", "--silent", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )


def test_building_again_gives_the_committed_files(tmp_path: Path) -> None:
    """security.md, ZK14: what is reviewed is what runs; nobody edits a bundle by hand."""
    done = npm("run", "build", "--", str(tmp_path))

    assert done.returncode == 0, done.stderr
    changed = [
        name for name in BUNDLES if (tmp_path / name).read_bytes() != (BUILT / name).read_bytes()
    ]
    assert not changed, f"`npm run build` and commit {changed}"


def test_the_browser_half_passes_the_vectors_in_node() -> None:
    """svzkp-1 §13: the vectors, read by an implementation that shares no line with the server."""
    done = npm("test")

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr
    assert re.search(r"^\S fail 0$", done.stdout, re.MULTILINE)
    assert re.search(r"^\S skipped 0$", done.stdout, re.MULTILINE)


def test_the_sources_hold_what_their_types_promise() -> None:
    """A type nobody checks is a comment that lies."""
    done = npm("run", "types")

    assert done.returncode == 0, done.stdout


def test_a_page_loads_little() -> None:
    """svzkp-1 §12: "52 kB gzip, watermark and PNG included"; 60 kB is the limit, beside the wasm."""
    whole = b"".join((BUILT / name).read_bytes() for name in ("signet.js", "argon2.js"))
    # hash-wasm carries its module as base64; it is what "beside the wasm" leaves out.
    without_wasm = re.sub(rb"AGFzbQ[A-Za-z0-9+/=]+", b"", whole)

    assert len(without_wasm) < len(whole)
    assert len(gzip.compress(without_wasm)) <= MOST_BYTES


@pytest.mark.parametrize("name", ["signet.js", "argon2.js"])
def test_a_bundle_makes_no_code_from_text(name: str) -> None:
    """WB07: no unsafe-eval, no inline script; and no address of somebody else's."""
    script = (BUILT / name).read_text()

    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", script)
    assert not re.search(r"sourceMappingURL", script)
    assert set(re.findall(r"https?://[^\s\"'`)]+", script)) <= {"http://ns.adobe.com/xap/1.0/"}


def test_the_lock_file_names_no_registry() -> None:
    """A registry is chosen by whoever installs; every package is pinned by its hash."""
    lock = json.loads((CHECKOUT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if "integrity" not in entry]


def test_every_bundled_package_brings_its_licence() -> None:
    """MIT: "The above copyright notice and this permission notice shall be included"."""
    notices = (BUILT / "LICENSES.txt").read_text()
    named = json.loads((CHECKOUT / "package.json").read_text())["dependencies"]

    assert [name for name in named if f"\n{name} " not in notices] == []


def test_every_code_is_explained_to_integrators() -> None:
    """A page can word only what its author has heard of."""
    declared = (BUILT / "src" / "errors.js").read_text().partition("@typedef")[2].partition("*/")[0]
    codes = set(re.findall(r'"(\w+)"', declared))

    told = set(re.findall(r"`(\w+)`", (BUILT / "README.md").read_text()))

    assert len(codes) > 20
    assert codes <= told


def test_the_readme_gives_the_sizes_that_were_built() -> None:
    """Integrators decide by them."""
    named = re.findall(r"\| `(\w+\.js)` \|.*\| (\d+) kB", (BUILT / "README.md").read_text())

    assert {name for name, _ in named} >= {"signet.js", "argon2.js"}
    for name, kilobytes in named:
        assert abs(len(gzip.compress((BUILT / name).read_bytes())) / 1000 - int(kilobytes)) < 1.5
