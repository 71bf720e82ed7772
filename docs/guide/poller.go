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

	poller, err := pollux.NewPoller(pollux.PollerOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer poller.Close()
	if err := poller.Add(near, 42, pollux.Readable); err != nil {
		log.Fatal(err)
	}
	syscall.Write(far, []byte("hello"))

	events := make([]pollux.Event, 16)
	count, err := poller.Wait(events, 5*time.Second)
	if err != nil {
		log.Fatal(err)
	}
	for _, event := range events[:count] {
		text := make([]byte, 100)
		size, _ := syscall.Read(near, text)
		fmt.Printf("token %d: %s\n", event.Token, text[:size])
	}

	if count, err := poller.Wait(events, time.Millisecond); count == 0 && err == nil {
		fmt.Println("time is up")
	}
}
