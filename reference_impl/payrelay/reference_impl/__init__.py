"""The reference system: the servers with a database, configuration and pages, and the books that they keep."""
