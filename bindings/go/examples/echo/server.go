// SPDX-License-Identifier: MIT

package main

import (
	"log"
	"net"
	"syscall"
	"time"

	"pollux"
)

const bufferSize = 64 * 1024

// So that a fast client does not keep the others waiting.
const rounds = 16

type server struct {
	loop        *pollux.Loop
	fd          int
	address     net.Addr
	io          *pollux.IO
	connections map[*connection]struct{}
}

// listen accepts connections and echoes what they send.
func listen(loop *pollux.Loop, address string) (*server, error) {
	fd, bound, err := listener(address)
	if err != nil {
		return nil, err
	}
	s := &server{loop: loop, fd: fd, address: bound, connections: map[*connection]struct{}{}}
	s.io, err = loop.IO(fd, pollux.Readable, func(*pollux.IO, pollux.Events) { s.accept() })
	if err != nil {
		syscall.Close(fd)
		return nil, err
	}
	return s, nil
}

func (s *server) close() {
	for c := range s.connections {
		c.close()
	}
	s.io.Close()
	syscall.Close(s.fd)
}

func (s *server) accept() {
	for {
		fd, _, err := syscall.Accept(s.fd)
		if err == nil {
			err = s.echo(fd)
		}
		switch err {
		case nil, syscall.EINTR, syscall.ECONNABORTED:
		case syscall.EAGAIN:
			return
		default:
			log.Print("a connection was not accepted: ", err)
			s.pause()
			return
		}
	}
}

// Out of descriptors, or the like: the connection stays in the queue and would be reported again at
// once.
func (s *server) pause() {
	_, err := s.loop.After(100*time.Millisecond, func() { s.io.Set(pollux.Readable) })
	if err == nil {
		s.io.Set(0)
	}
}

type connection struct {
	server *server
	fd     int
	io     *pollux.IO
	buffer [bufferSize]byte
	unsent []byte
}

func (s *server) echo(fd int) error {
	syscall.CloseOnExec(fd)
	c := &connection{server: s, fd: fd}
	err := syscall.SetNonblock(fd, true)
	if err == nil {
		c.io, err = s.loop.IO(fd, pollux.Readable, func(*pollux.IO, pollux.Events) { c.ready() })
	}
	if err != nil {
		syscall.Close(fd)
		return err
	}
	s.connections[c] = struct{}{}
	return nil
}

// The registration ends before the descriptor does.
func (c *connection) close() {
	delete(c.server.connections, c)
	c.io.Close()
	syscall.Close(c.fd)
}

func (c *connection) ready() {
	interest, isOpen := c.advance()
	if !isOpen || c.io.Set(interest) != nil {
		c.close()
	}
}

// advance gives what to wait for next; not open at the end.
func (c *connection) advance() (interest pollux.Events, isOpen bool) {
	for i := 0; i < rounds; i++ {
		if len(c.unsent) == 0 {
			count, err := syscall.Read(c.fd, c.buffer[:])
			if err != nil || count == 0 {
				return pollux.Readable, mayGoOn(err)
			}
			c.unsent = c.buffer[:count]
		}
		count, err := syscall.Write(c.fd, c.unsent)
		if err != nil {
			return pollux.Writable, mayGoOn(err)
		}
		c.unsent = c.unsent[count:]
	}
	if len(c.unsent) == 0 {
		return pollux.Readable, true
	}
	return pollux.Writable, true
}

func mayGoOn(err error) bool {
	return err == syscall.EAGAIN || err == syscall.EINTR
}
