# SPDX-License-Identifier: MIT
import socket

import pollux

near, far = socket.socketpair()
with near, far, pollux.Loop() as loop:

    def receive(io, events):
        print("received", near.recv(100).decode())
        io.close()
        # In a thread of the pool.
        loop.work(sum, range(1, 101), done=lambda work: print("computed", work.result()))

    def send(timer):
        far.send(b"hello")
        print("sent hello")

    loop.io(near, pollux.READABLE, receive)
    loop.timer(0.01, send)
    loop.run()  # until nothing is left to do
