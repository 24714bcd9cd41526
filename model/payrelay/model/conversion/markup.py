"""How each medium writes a page: its frame, its slots, its actions and its escapes, all as data (§ 1.8).

In the patterns `$name`, `$label`, `$heading`, `$template_id` and `$comma` are filled in when a template is made;
`$value` is where the contents go. The envelope (handle, request_nonce, session) is not in the page: a form without an
address is sent to the page's own. Nor is the charset: it is the transport's to declare.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Markup:
    """One medium's way of writing. `dresses` says how a slot looks, by its use; `line` is the usual one."""

    start: str
    middle: str
    end: str
    dresses: Mapping[str, str]
    action: str
    escapes: Mapping[str, str]
    blank: str = ""
    action_blank: str = ""

    def dress(self, name: str) -> str:
        """Find the pattern of a slot."""
        return self.dresses.get(name, self.dresses["line"])

    def escape(self, contents: str) -> str:
        """Write contents so that the medium takes them for nothing else."""
        return contents.translate(self._written)

    def unescape(self, escaped: str) -> str:
        """Undo `escape`; of what `escape` never writes nothing is promised."""
        return re.sub("|".join(map(re.escape, self._meant)) or "(?!)", lambda found: self._meant[found[0]], escaped)

    @cached_property
    def character(self) -> str:
        """A regular expression of one escaped character, and of nothing that would not be escaped."""
        specials = "".join(map(re.escape, self.escapes))
        return "(?:" + "|".join([f"[^{specials}\\n]", *map(re.escape, self._meant)]) + ")"

    @cached_property
    def _written(self) -> dict[int, str]:
        return str.maketrans(dict(self.escapes))

    @cached_property
    def _meant(self) -> dict[str, str]:
        return {written: meant for meant, written in self.escapes.items()}


_HTML_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}

MARKUPS: Mapping[str, Markup] = {
    "html": Markup(
        start='<!DOCTYPE html>\n<html lang="en"><head><title>$heading</title></head>'
        '<body data-payrelay-template="$template_id"><h1>$heading</h1><form method="post">\n',
        middle="<p>\n",
        end="</p></form></body></html>\n",
        dresses={
            "line": '<p>$label: <b data-payrelay-slot="$name">$value</b></p>\n',
            "entry": '<p>$label: <input data-payrelay-slot="$name" name="answer.$value"></p>\n',
            "secret": '<p>$label: <input type="password" data-payrelay-slot="$name" name="answer.$value"></p>\n',
            "hidden": '<input type="hidden" data-payrelay-slot="$name" name="$name" value="$value">\n',
            "link": '<p><a data-payrelay-slot="$name" href="$value">$label</a></p>\n',
        },
        action='<button name="action" value="$name">$label</button>\n',
        escapes=_HTML_ESCAPES,
    ),
    "compact_html": Markup(
        start='<html><head><title>$heading</title></head><body data-payrelay-template="$template_id">'
        '$heading<form method="post">\n',
        middle="",
        end="</form></body></html>\n",
        dresses={
            "line": '$label: <font data-payrelay-slot="$name">$value</font><br>\n',
            "entry": '$label: <input data-payrelay-slot="$name" name="answer.$value"><br>\n',
            "secret": '$label: <input type="password" data-payrelay-slot="$name" name="answer.$value"><br>\n',
            "hidden": '<input type="hidden" data-payrelay-slot="$name" name="$name" value="$value">\n',
            "link": '<a data-payrelay-slot="$name" href="$value">$label</a><br>\n',
        },
        action='<input type="submit" name="$name" value="$label"><br>\n',
        escapes=_HTML_ESCAPES,
    ),
    # A line says what it is at its beginning, and no contents can begin a line.
    "plain_text": Markup(
        start="$heading [$template_id]\n",
        middle="",
        end="",
        dresses={"line": "$label: $value\n"},
        action="[$name] $label\n",
        escapes={},
    ),
    # Every slot and every action is a member: a program need not guess what a missing one means.
    "json": Markup(
        start='{"template_id":"$template_id","slots":{',
        middle='},"actions":{',
        end="}}\n",
        dresses={"line": '$comma"$name":"$value"'},
        action='$comma"$name":true',
        escapes={'"': '\\"', "\\": "\\\\"},
        blank='$comma"$name":""',
        action_blank='$comma"$name":false',
    ),
}
"""The four media, by capability class."""
