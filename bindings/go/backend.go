// SPDX-License-Identifier: MIT

package pollux

/*
#include "bridge.h"
*/
import "C"

import (
	"fmt"
	"strings"
)

// Backend is what the kernel is asked with.
type Backend uint32

// The backends. Auto, the zero value, is the first usable one that can do what is required.
const (
	Auto   Backend = C.PLX_BACKEND_AUTO
	Epoll  Backend = C.PLX_BACKEND_EPOLL
	Kqueue Backend = C.PLX_BACKEND_KQUEUE
	Poll   Backend = C.PLX_BACKEND_POLL
)

// Backends lists those that work here and now, best first.
func Backends() []Backend {
	var ids [8]C.uint32_t
	count := int(C.plx_backend_list(&ids[0], C.size_t(len(ids))))
	if count > len(ids) {
		count = len(ids)
	}
	list := make([]Backend, count)
	for i := range list {
		list[i] = Backend(ids[i])
	}
	return list
}

// BackendByName is the opposite of [Backend.String]; EINVAL for an unknown name.
func BackendByName(name string) (Backend, error) {
	text, err := cString(name)
	if err != nil {
		return 0, err
	}
	defer C.bridge_free(text)
	var id C.uint32_t
	if err := check(C.plx_backend_from_name((*C.char)(text), &id)); err != nil {
		return 0, err
	}
	return Backend(id), nil
}

// String is the name: "auto", "epoll", "kqueue" or "poll".
func (b Backend) String() string {
	if name := C.plx_backend_name(C.uint32_t(b)); name != nil {
		return C.GoString(name)
	}
	return fmt.Sprintf("Backend(%d)", uint32(b))
}

// Capabilities are what the backend can do; none for Auto and for one that is not compiled in.
func (b Backend) Capabilities() Capabilities {
	return Capabilities(C.plx_backend_capabilities(C.uint32_t(b)))
}

// Capabilities is a set of what a backend can do.
type Capabilities uint32

// The capabilities.
const (
	// CapEdge: there is [Edge].
	CapEdge Capabilities = C.PLX_CAP_EDGE
	// CapExclusive: [Exclusive] wakes fewer waiters. Elsewhere it wakes them all.
	CapExclusive Capabilities = C.PLX_CAP_EXCLUSIVE
	// CapPriority: there is [Priority].
	CapPriority Capabilities = C.PLX_CAP_PRIORITY
	// CapReadClosed: [ReadClosed] can be reported.
	CapReadClosed Capabilities = C.PLX_CAP_READ_CLOSED
	// CapNsTimeout: timeouts are finer than a millisecond.
	CapNsTimeout Capabilities = C.PLX_CAP_NS_TIMEOUT
	// CapNativeFD: [Poller.FD] gives a descriptor that can be nested in another event loop.
	CapNativeFD Capabilities = C.PLX_CAP_NATIVE_FD
)

// Has tells whether all of these are there.
func (c Capabilities) Has(all Capabilities) bool { return c&all == all }

// String lists the names, such as "EDGE|PRIORITY".
func (c Capabilities) String() string {
	return namesOf(uint32(c), capabilityNames)
}

var capabilityNames = []flagName{
	{uint32(CapEdge), "EDGE"},
	{uint32(CapExclusive), "EXCLUSIVE"},
	{uint32(CapPriority), "PRIORITY"},
	{uint32(CapReadClosed), "READ_CLOSED"},
	{uint32(CapNsTimeout), "NS_TIMEOUT"},
	{uint32(CapNativeFD), "NATIVE_FD"},
}

type flagName struct {
	bit  uint32
	name string
}

func namesOf(flags uint32, table []flagName) string {
	var names []string
	for _, flag := range table {
		if flags&flag.bit != 0 {
			names = append(names, flag.name)
			flags &^= flag.bit
		}
	}
	if flags != 0 || len(names) == 0 {
		names = append(names, fmt.Sprintf("%#x", flags))
	}
	return strings.Join(names, "|")
}
