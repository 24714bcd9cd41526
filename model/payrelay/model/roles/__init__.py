"""The roles, one machine a file: data, guards, actions, machine, in that order.

No role imports another. Machines of one party speak to each other by `Tell`; parties by the messages of the
catalogue alone.
"""
