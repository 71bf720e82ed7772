// SPDX-License-Identifier: MIT

// Echo is a server on the loop. It reads from a connection only when all that came before is sent
// back, so that a client that does not read holds up itself and nobody else.
//
//	echo                  shows itself at work: one client that is slow to read
//	echo 127.0.0.1:7000   serves until it is ended
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"syscall"

	"pollux"
)

func serveForEver(address string) error {
	loop, err := pollux.NewLoop(pollux.LoopOptions{})
	if err != nil {
		return err
	}
	defer loop.Close()
	server, err := listen(loop, address)
	if err != nil {
		return err
	}
	defer server.close()
	for _, signo := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		if _, err := loop.Signal(signo, func(*pollux.Signal) { loop.Stop() }); err != nil {
			return err
		}
	}
	fmt.Printf("echo: %v on %v\n", server.address, loop.Backend())
	_, err = loop.Run(pollux.RunDefault)
	return err
}

// demonstrate runs a server and a slow client: how much the server took at first, and its changes
// of interest.
func demonstrate(backend pollux.Backend, total int) (taken int, changes uint64, err error) {
	loop, err := pollux.NewLoop(pollux.LoopOptions{Backend: backend})
	if err != nil {
		return 0, 0, err
	}
	defer loop.Close()
	server, err := listen(loop, "127.0.0.1:0")
	if err != nil {
		return 0, 0, err
	}
	defer server.close()
	client := make(chan error, 1)
	go func() {
		var failure error
		taken, failure = slowClient(server.address, total)
		client <- failure
		loop.Stop()
	}()
	if _, err := loop.Run(pollux.RunDefault); err != nil {
		return 0, 0, err
	}
	if err := <-client; err != nil {
		return 0, 0, err
	}
	stats, err := loop.Stats()
	return taken, stats.InterestChanges, err
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("echo: ")
	if len(os.Args) > 1 {
		if err := serveForEver(os.Args[1]); err != nil {
			log.Fatal(err)
		}
		return
	}
	const total = 64 << 20
	for _, backend := range pollux.Backends() {
		taken, changes, err := demonstrate(backend, total)
		if err != nil {
			log.Fatalf("%v: %v", backend, err)
		}
		fmt.Printf("%v: echoed %d MiB to a client that read nothing until %d KiB were stuck; "+
			"interest changed %d times\n", backend, total>>20, taken>>10, changes)
	}
}

// listener gives a descriptor of its own, which Go's own poller does not know.
func listener(address string) (int, net.Addr, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return -1, nil, err
	}
	defer listener.Close()
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		return -1, nil, err
	}
	defer file.Close()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		return -1, nil, err
	}
	syscall.CloseOnExec(fd)
	return fd, listener.Addr(), syscall.SetNonblock(fd, true)
}
