"""The message catalogue, every message under its full name.

A field named in `given` never travels: the receiver's world fills it in at the moment of receipt (a clock's verdict,
the issuer's decision) or another machine of the same party does.
"""
