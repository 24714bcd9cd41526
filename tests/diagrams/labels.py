"""Labels that mean something to Mermaid, to PlantUML, to SVG or to a terminal."""

ODD = (
    "a; b # c",
    "$$x$$ %%{init}%%",
    "<b>&amp;</b>",
    "\"q\" 'r' `s`",
    "end",
    "本を一冊、注文する",
    r"\n ~~x~~ __y__ --z-- //w//",
)
"""What may stand in a label."""
STRANGE = (
    *ODD,
    *("%%{", "#quot;", "[a] (b) {c} |d| \\n", "//x//", "---", "- a", "1. list", "**y**", "&lt;", "== x =="),
    *("%date()", "$x", "..", "a...b", "~x", "a--b __x__ a: b, 3/4"),
    *("!define x y", "' comment", "<U+0041>", "a::b", "[[http://x]]", "https://x.y/z", "__", "x___y", "@enduml"),
    *(":smile:", "<&heart>", '"" a ""', "x@{shape: rect}", "classDef x", "支払い; $$ < >"),
)
"""These, and what matters at the beginning of a label, or alone."""
