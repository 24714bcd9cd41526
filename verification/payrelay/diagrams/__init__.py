"""Diagrams: runs, machines and networks as pictures, drawn from traces and tables. Nothing here knows payments.

A picture of a sequence is made in three steps, each a pure function: a trace is read as an abstract picture, which is
laid out if the format has places, and written.
"""
