"""Formats: what pictures are drawn in, and the suffixes of files that ask for it."""

FORMATS = ("text", "svg", "mermaid", "plantuml")
SUFFIXES = {
    ".txt": "text",
    ".svg": "svg",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".puml": "plantuml",
    ".plantuml": "plantuml",
    ".html": "html",
}
