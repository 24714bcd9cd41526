"""Diagrams: what a trace says, as pictures. Everything drawn is derived; nothing is drawn by hand.

A picture of a sequence is made in three steps, each a pure function: a trace is read as an abstract picture, which is
laid out if the format has places, and written. Nothing here imports the roles, or knows what they do.
"""
