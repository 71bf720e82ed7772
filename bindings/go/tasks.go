// SPDX-License-Identifier: MIT

package pollux

/*
#include "bridge.h"
*/
import "C"

import (
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// Task is something that is done in a thread of the loop's pool. It ends when its done is called.
type Task struct {
	handle
}

type work struct {
	Task
	fn       func()
	done     func(error)
	mu       sync.Mutex
	finished bool
	panicked interface{}
}

// Work calls fn in a thread of the loop's pool, for what blocks, and then done, which may be nil,
// in the loop's goroutine: with nil, or with ECANCELED if the work was closed before it began. A
// panic of fn is one of Run, and done is not called. EINVAL: fn is nil. ENOMEM, EAGAIN: not one
// thread could be started.
func (l *Loop) Work(fn func(), done func(error)) (*Task, error) {
	if fn == nil {
		return nil, errInvalid
	}
	t := &work{fn: fn, done: done}
	err := l.start(&t.handle, t, func(loop *C.plx_loop, out *C.plx_handle, user C.uintptr_t) C.int {
		return C.bridge_work(loop, out, user)
	})
	if err != nil {
		return nil, err
	}
	return &t.Task, nil
}

// do is called in a thread of the pool.
func (t *work) do() {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer func() {
		if !t.finished {
			t.panicked = recover()
		}
	}()
	t.fn()
	t.finished = true
}

func (t *work) finish(err error) {
	t.mu.Lock()
	hasPanicked := err == nil && !t.finished
	t.mu.Unlock()
	if hasPanicked {
		panic(t.panicked)
	}
	if t.done != nil {
		t.done(err)
	}
}

// Family is which addresses [Loop.Resolve] asks for.
type Family uint32

// The families.
const (
	AnyFamily Family = 0
	IPv4      Family = C.PLX_ADDRESS_IPV4
	IPv6      Family = C.PLX_ADDRESS_IPV6
)

type resolve struct {
	Task
	done func([]netip.AddrPort, error)
}

// Resolve looks a name up with getaddrinfo(3) in the pool, then calls done. The service is a number
// or a name; an empty one is port 0. To done: ENOENT (no such name, or no address of the family),
// EAGAIN (try again later), EIO (the resolver failed), EINVAL (no such service), ENOMEM, ECANCELED.
// As result: EINVAL, ENOMEM, EAGAIN.
func (l *Loop) Resolve(host, service string, family Family,
	done func([]netip.AddrPort, error)) (*Task, error) {
	if done == nil {
		return nil, errInvalid
	}
	name, err := cString(host)
	if err != nil {
		return nil, err
	}
	defer C.bridge_free(name)
	var port unsafe.Pointer
	if service != "" {
		if port, err = cString(service); err != nil {
			return nil, err
		}
		defer C.bridge_free(port)
	}
	t := &resolve{done: done}
	err = l.start(&t.handle, t, func(loop *C.plx_loop, out *C.plx_handle, user C.uintptr_t) C.int {
		return C.bridge_resolve(loop, out, (*C.char)(name), (*C.char)(port), C.uint32_t(family),
			user)
	})
	if err != nil {
		return nil, err
	}
	return &t.Task, nil
}

func addresses(list []C.plx_address) []netip.AddrPort {
	result := make([]netip.AddrPort, 0, len(list))
	for _, one := range list {
		bytes := *(*[16]byte)(unsafe.Pointer(&one.bytes))
		address := netip.AddrFrom16(bytes)
		if one.family == C.PLX_ADDRESS_IPV4 {
			address = netip.AddrFrom4([4]byte{bytes[0], bytes[1], bytes[2], bytes[3]})
		}
		if one.scope_id != 0 {
			address = address.WithZone(strconv.FormatUint(uint64(one.scope_id), 10))
		}
		result = append(result, netip.AddrPortFrom(address, uint16(one.port)))
	}
	return result
}

// cString is a copy for C. A zero inside would end it early.
func cString(text string) (unsafe.Pointer, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, errInvalid
	}
	return cBytes(text + "\x00")
}

func cBytes(data string) (unsafe.Pointer, error) {
	memory := C.bridge_allocate(C.size_t(len(data)))
	if memory == nil {
		return nil, errMemory
	}
	copy(unsafe.Slice((*byte)(memory), len(data)), data)
	return memory, nil
}

type file struct {
	Task
	buffer unsafe.Pointer // C's, since C may not keep what is Go's
	into   []byte         // of a read
	done   func(int, error)
}

// ReadAt reads from a file at an offset, in the pool, and then calls done with how much was read.
// As with io.ReaderAt that is all, or there is an error: io.EOF, or that of the file, or ECANCELED.
// The descriptor has to stay open until then; nobody may use data. EINVAL: a negative offset, nil.
// ENOMEM, EAGAIN.
func (l *Loop) ReadAt(fd int, data []byte, offset int64, done func(int, error)) (*Task, error) {
	if data == nil {
		data = []byte{}
	}
	t := &file{into: data, done: done}
	return t.start(l, len(data), func(loop *C.plx_loop, out *C.plx_handle, user C.uintptr_t) C.int {
		return C.bridge_file_read(loop, out, descriptor(fd), t.buffer, C.size_t(len(data)),
			C.int64_t(offset), user)
	})
}

// WriteAt writes to a file at an offset, in the pool, and then calls done, which may be nil, with
// how much was written: all, or there is an error. Data is copied. Else as ReadAt.
func (l *Loop) WriteAt(fd int, data []byte, offset int64, done func(int, error)) (*Task, error) {
	if done == nil {
		done = func(int, error) {}
	}
	t := &file{done: done}
	return t.start(l, len(data), func(loop *C.plx_loop, out *C.plx_handle, user C.uintptr_t) C.int {
		copy(unsafe.Slice((*byte)(t.buffer), len(data)), data)
		return C.bridge_file_write(loop, out, descriptor(fd), t.buffer, C.size_t(len(data)),
			C.int64_t(offset), user)
	})
}

func (t *file) start(l *Loop, size int, begin starter) (*Task, error) {
	if t.done == nil {
		return nil, errInvalid
	}
	if t.buffer = C.bridge_allocate(C.size_t(size)); t.buffer == nil {
		return nil, errMemory
	}
	t.atEnd = func() { C.bridge_free(t.buffer) }
	if err := l.start(&t.handle, t, begin); err != nil {
		t.atEnd()
		return nil, err
	}
	return &t.Task, nil
}
