"""Pictures of the protocol, drawn from traces and tables. Nothing here knows payments."""
