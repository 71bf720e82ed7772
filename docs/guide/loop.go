// SPDX-License-Identifier: MIT
package main

import (
	"fmt"
	"log"
	"syscall"
	"time"

	"pollux"
)

func main() {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		log.Fatal(err)
	}
	near, far := pair[0], pair[1]

	loop, err := pollux.NewLoop(pollux.LoopOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()

	loop.IO(near, pollux.Readable, func(io *pollux.IO, events pollux.Events) {
		text := make([]byte, 100)
		size, _ := syscall.Read(near, text)
		fmt.Printf("received %s\n", text[:size])
		io.Close()
		sum := 0
		loop.Work(func() { // in a thread of the pool
			for number := 1; number <= 100; number++ {
				sum += number
			}
		}, func(error) { fmt.Println("computed", sum) })
	})
	loop.After(10*time.Millisecond, func() {
		syscall.Write(far, []byte("hello"))
		fmt.Println("sent hello")
	})

	if _, err := loop.Run(pollux.RunDefault); err != nil { // until nothing is left to do
		log.Fatal(err)
	}
}
