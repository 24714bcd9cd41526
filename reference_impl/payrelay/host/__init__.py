"""The host: runs the machines of one party over HTTP, with keys, a clock and a storage that it is given."""
