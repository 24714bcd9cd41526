"""Evidence: everything about a run in one archive, with a manifest of what is in it, as SHA-256.

The same result gives the same bytes: files are in the order of their names, and dated to the beginning of 1980, which
is the first day that such archives know.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping

from payrelay.conformance.reports.har import har
from payrelay.conformance.reports.html import html
from payrelay.conformance.reports.junit import junit
from payrelay.conformance.reports.markdown import markdown
from payrelay.conformance.reports.ndjson import ndjson
from payrelay.conformance.reports.words import Result
from payrelay.conformance.results import written

MANIFEST = "MANIFEST.sha256"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def evidence(result: Result, further: Mapping[str, str] | None = None) -> bytes:
    """The archive: the result, each report, and further files, as the configuration without its secrets."""
    files = {
        "result.json": written(result),
        "report.html": html(result),
        "junit.xml": junit(result),
        "traffic.har": har(result),
        "events.ndjson": ndjson(result),
        "summary.md": markdown(result),
        **(further or {}),
    }
    contents = {name: text.encode() for name, text in sorted(files.items())}
    lines = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in contents.items())
    contents[MANIFEST] = "".join(lines).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(entry, data)
    return buffer.getvalue()
