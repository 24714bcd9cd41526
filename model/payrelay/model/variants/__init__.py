"""Faulty variants of the protocol, as edits of its tables: each shows that a property can be violated."""
