#!/usr/bin/env python3
"""Check an exported audit log, offline.

    python3 verify_export.py LOG.jsonl --key LOG.jsonl.pem [--witness checkpoints.jsonl]

Needs Python 3.11 and the package `cryptography`; nothing of Signet. Compare the key with the one
its operator publishes: this program can only tell that the log fits the key it is given.
`--witness` takes a file of checkpoints that were received earlier, one JSON object a line, as the
webhook delivers them; leave out those that are younger than the export.

Exit status: 0 all is as it was sealed, 1 something is not, 2 the files cannot be read.
"""

import argparse
import base64
import hashlib
import hmac
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

FORM = "signet-audit-export-v1"
BEGIN = b"-----BEGIN"
Line = dict[str, Any]
Keys = dict[str, Ed25519PublicKey]


def encode(value: Any) -> bytes:
    """The one text of a value: RFC 8785, ASCII member names, integers only."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def digest(kind: str, value: Any) -> str:
    """SHA-256 over a line that names the kind, and the value's one text."""
    return hashlib.sha256(f"signet-audit-{kind}-v1\n".encode() + encode(value)).hexdigest()


def is_fact(name: str, salt: str, text: str, expected: str) -> bool:
    """Whether a personal fact is the one whose digest was sealed."""
    found = hmac.digest(base64.b64decode(salt), f"{name}\0{text}".encode(), "sha256").hex()
    return hmac.compare_digest(found, expected)


def read_keys(text: bytes) -> dict[str, Ed25519PublicKey]:
    """Every public key of a PEM file by its id: 16 digits of the SHA-256 of its 32 bytes."""
    found = {}
    for block in text.split(BEGIN)[1:]:
        key = load_pem_public_key(BEGIN + block)
        if isinstance(key, Ed25519PublicKey):
            found[hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]] = key
    return found


def is_signed(checkpoint: dict[str, Any], signature: str, keys: Keys) -> bool:
    """Whether the owner of one of the keys made this statement about the chain's head."""
    try:
        text = b"signet-audit-checkpoint-v1\n" + encode(checkpoint)
        keys[checkpoint["key"]].verify(bytes.fromhex(signature), text)
    except (KeyError, InvalidSignature):
        return False
    return True


def of_event(line: Line, sealed_as: str, tenant: str) -> Iterator[str]:
    """What is wrong with an event that was sealed under this digest."""
    event = line["event"]
    if digest("event", event) != sealed_as:
        yield f"event {event.get('id')} was changed or does not belong here"
    if event.get("tenant") != tenant:
        yield f"event {event.get('id')} is another tenant's"
    for name, (salt, text) in line.get("facts", {}).items():
        if not is_fact(name, salt, text, event["facts"].get(name, "")):
            yield f"event {event.get('id')}: the fact {name} was changed"


def of_batches(batches: list[tuple[Line, list[Line]]], header: Line) -> Iterator[str]:
    """What is wrong with the chain itself."""
    previous, total = "00" * 32, 0
    for number, (batch, events) in enumerate(batches, start=1):
        total += len(batch["events"])
        if (batch["number"], batch["tenant"]) != (number, header["tenant"]):
            yield f"batch {number}: it is not the batch that belongs here"
        if batch["previous"] != previous:
            yield f"batch {number}: it does not continue the batch before it"
        if batch["total"] != total:
            yield f"batch {number}: it counts {batch['total']} events in all, there are {total}"
        if not len(batch["events"]) == batch["count"] == len(events):
            yield f"batch {number}: it counts {batch['count']} events, {len(events)} are here"
        for line, sealed_as in zip(events, batch["events"], strict=False):
            for problem in of_event(line, sealed_as, header["tenant"]):
                yield f"batch {number}: {problem}"
        previous = digest("batch", batch)
    if len(batches) != header["batches"]:
        yield f"{header['batches']} batches are announced, {len(batches)} are here"


def of_checkpoint(checkpoint: Line, digests: list[str], keys: Keys) -> Iterator[str]:
    """What is wrong between a checkpoint and the chain."""
    signature, number = checkpoint.pop("signature"), checkpoint["number"]
    if not is_signed(checkpoint, signature, keys):
        yield f"checkpoint {number}: it was not signed with the given key"
    elif number > len(digests):
        yield f"the log goes only to batch {len(digests)}, and batch {number} was signed"
    elif digests[number - 1] != checkpoint["digest"]:
        yield f"checkpoint {number}: the chain was another when it was signed"


def check(lines: list[Line], keys: Keys, witnesses: list[Line]) -> tuple[list[str], int]:
    """Everything that is not as it was sealed, in words; and up to which batch it is signed."""
    batches: list[tuple[Line, list[Line]]] = []
    header, checkpoints = lines[0], []
    for line in lines[1:]:
        if "batch" in line:
            batches.append((line["batch"], []))
        elif "event" in line:
            batches[-1][1].append(line)
        else:
            checkpoints.append({**line["checkpoint"], "signature": line["signature"]})
    checkpoints += [line for line in witnesses if line.get("tenant") == header["tenant"]]
    problems = list(of_batches(batches, header))
    digests = [digest("batch", batch) for batch, _ in batches]
    for checkpoint in checkpoints:
        problems += of_checkpoint(checkpoint, digests, keys)
    return problems, max((checkpoint["number"] for checkpoint in checkpoints), default=0)


def say(text: str) -> None:
    """To standard output."""
    sys.stdout.write(text + "\n")


def main() -> int:
    """Read the files, say what was found."""
    parser = argparse.ArgumentParser(description="Check an exported audit log, offline.")
    parser.add_argument("log", type=Path)
    parser.add_argument("--key", type=Path, required=True, help="the public key, PEM")
    parser.add_argument("--witness", type=Path, help="checkpoints received earlier, JSON lines")
    given = parser.parse_args()
    try:
        lines = [json.loads(line) for line in given.log.read_bytes().splitlines()]
        kept = given.witness.read_bytes().splitlines() if given.witness else []
        keys = read_keys(given.key.read_bytes())
        problems, signed = check(lines, keys, [json.loads(line) for line in kept])
        if lines[0]["form"] != FORM or not keys:
            problems.append(f"this is no file of the form {FORM}, or the key is missing")
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as problem:
        say(f"Cannot be read: {problem!r}")
        return 2
    for finding in problems:
        say(finding)
    batches, events = lines[0]["batches"], sum("event" in line for line in lines)
    if signed < batches:
        say(f"Note: batches {signed + 1} to {batches} are not yet under a signature.")
    say(f"{batches} batches, {events} events: {'NOT AS SEALED' if problems else 'ok'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
