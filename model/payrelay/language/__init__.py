"""The language in which protocols of communicating state machines are written.

Roles (`role`) react to messages and other inputs (`messages`) that carry terms (`terms`), over links (`links`)
and under timers (`timers`). A configuration (`configurations`) names how much takes part; a system (`systems`)
is its machines composed. What is claimed is data (`properties`); what is broken on purpose is data too (`edits`).
Runs are kept as traces (`traces`). Nothing here knows of payments, does IO, or looks at a clock.
"""
