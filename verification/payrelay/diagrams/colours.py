"""Colours: those that mean the same in every picture, whatever it is drawn in."""

INK, LINE, GREY, FAINT = "#1f2937", "#475569", "#57606a", "#cbd5e1"
RED, ORANGE = "#b91c1c", "#b45309"
"""What is violated, edited or never seen; and what goes wrong and is nobody's decision."""
VIOLATING, NOTE, BAD_NOTE, STATE = "#fef1f1", "#eef2f7", "#fbdcdc", "#fef9e7"
"""What lies under texts."""
SECTIONS = ("#2456c9", "#0f766e", "#7c3aed", "#be185d")
"""The communicating sections, in their order. More sections than these begin again with the first."""
