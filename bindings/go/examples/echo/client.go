// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

func byteAt(position int) byte { return byte(position % 251) }

// slowClient sends total bytes and does not read before the server takes no more. How much that
// was.
func slowClient(address net.Addr, total int) (stuck int, err error) {
	connection, err := net.Dial(address.Network(), address.String())
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	data := make([]byte, total)
	for i := range data {
		data[i] = byteAt(i)
	}
	for stuck < total {
		connection.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
		sent, err := connection.Write(data[stuck:])
		stuck += sent
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			return 0, err
		}
	}
	connection.SetDeadline(time.Now().Add(time.Minute))
	sender := make(chan error, 1)
	go func() {
		_, err := connection.Write(data[stuck:])
		sender <- err
	}()
	if err := receive(connection, total); err != nil {
		return 0, err
	}
	return stuck, <-sender
}

func receive(connection net.Conn, total int) error {
	buffer := make([]byte, bufferSize)
	for received := 0; received < total; {
		count, err := connection.Read(buffer)
		if err != nil {
			return err
		}
		for i, one := range buffer[:count] {
			if one != byteAt(received+i) {
				return fmt.Errorf("the echo is wrong at byte %d", received+i)
			}
		}
		received += count
	}
	return nil
}
