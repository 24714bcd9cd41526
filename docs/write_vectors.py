"""Writes docs/vectors: messages and objects as bytes, valid ones and spoiled ones, with test keys.

python docs/write_vectors.py            write them
python docs/write_vectors.py --check    exit 1, with a line for each file that would change
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from payrelay.wire.vectors import documents

FOLDER = Path(__file__).parent / "vectors"
WRITE = "python docs/write_vectors.py"


def texts() -> dict[str, str]:
    """What each file is to hold, by its name."""
    return {
        f"{name}.json": json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        for name, document in documents().items()
    }


def stale(folder: Path = FOLDER) -> list[str]:
    """A line for each file that is not as it would be written, or that nothing writes."""
    wanted = texts()
    there = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))}
    changed = [name for name in sorted(wanted.keys() | there.keys()) if wanted.get(name) != there.get(name)]
    return [f"docs/vectors/{name}: it would change; write it with: {WRITE}" for name in changed]


def write(folder: Path = FOLDER) -> list[str]:
    """Write what would change; a line for each file."""
    wanted = texts()
    folder.mkdir(exist_ok=True)
    written = []
    for path in sorted(folder.glob("*.json")):
        if path.name not in wanted:
            path.unlink()
            written.append(f"removed docs/vectors/{path.name}")
    for name, text in sorted(wanted.items()):
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            written.append(f"wrote docs/vectors/{name}")
    return written


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """Write the vectors, or say which are stale."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit 1, with a line for each file that would change")
    asked = parser.parse_args(arguments)
    lines = stale(folder) if asked.check else write(folder)
    for line in lines:
        print(line, file=sys.stderr if asked.check else sys.stdout)
    return int(asked.check and bool(lines))


if __name__ == "__main__":
    sys.exit(main())
