"""The conformance kit: anybody's implementation of any role, held against the model.

The kit is the model of `payrelay.model` with one party taken out, or several: what the others say is said by the kit,
with real keys and over real connections, and what the party under test has to say is what its tables say.
"""
