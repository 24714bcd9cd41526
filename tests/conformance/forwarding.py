"""Stands for a terminal that is at work in another process, as starting one takes its time: `python forwarding.py
SOCKET WORD...` passes on the words and its standard input, and the terminal ends with it."""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as there:
    there.connect(sys.argv[1])
    there.sendall(json.dumps(sys.argv[2:]).encode() + b"\n")
    while read := os.read(0, 65_536):
        there.sendall(read)
