# SPDX-License-Identifier: MIT
import socket

import pollux

near, far = socket.socketpair()
with near, far, pollux.Poller() as poller:
    poller.add(near, pollux.READABLE, token=42)
    far.send(b"hello")

    for event in poller.wait(timeout=5):
        print(f"token {event.token}: {near.recv(100).decode()}")

    if not poller.wait(timeout=0.001):
        print("time is up")

    poller.remove(near)
