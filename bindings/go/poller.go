// SPDX-License-Identifier: MIT

package pollux

/*
#include "bridge.h"
*/
import "C"

import (
	"math"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// PollerOptions is how a [Poller] is made. The zero value will do.
type PollerOptions struct {
	// Backend is used or the call fails; [Auto] takes the best one, or that in the environment
	// variable POLLUX_BACKEND.
	Backend Backend
	// RequiredCapabilities are those without which the call shall fail.
	RequiredCapabilities Capabilities
}

// Poller is a set of descriptors that is watched for readiness. Any goroutine may call anything at
// any time, Close included. A Wait takes a thread for as long as it lasts.
type Poller struct {
	gate    gate
	ptr     *C.plx_poller
	backend Backend
}

// NewPoller makes a poller: EINVAL for unknown options or a wrong POLLUX_BACKEND, ENOTSUP for a
// backend that is not here or lacks what is required, EMFILE, ENFILE, ENOMEM.
func NewPoller(options PollerOptions) (*Poller, error) {
	if err := checkVersion(uint32(C.plx_version())); err != nil {
		return nil, err
	}
	given := C.plx_poller_options{
		struct_size:           C.sizeof_plx_poller_options,
		backend:               C.uint32_t(options.Backend),
		required_capabilities: C.uint32_t(options.RequiredCapabilities),
	}
	p := &Poller{gate: gate{empty: make(chan struct{})}}
	var ptr *C.plx_poller
	if err := check(C.plx_poller_create(&ptr, &given)); err != nil {
		return nil, err
	}
	p.ptr = ptr
	p.backend = Backend(C.plx_poller_backend(ptr))
	runtime.SetFinalizer(p, (*Poller).Close)
	return p, nil
}

func (p *Poller) enter() error {
	if p.ptr == nil || !p.gate.enter() {
		return ErrClosed
	}
	return nil
}

// leave wakes the next one if the poller is being closed: a wake ends one wait only.
func (p *Poller) leave() {
	if p.gate.isClosed() {
		C.plx_poller_wake(p.ptr)
	}
	p.gate.leave()
}

// Close ends all registrations and every Wait, which gives ErrClosed, and returns when all are
// over. The descriptors stay open. Afterwards everything is ErrClosed, a second Close too.
func (p *Poller) Close() error {
	if p.ptr == nil || !p.gate.close(func() { C.plx_poller_wake(p.ptr) }) {
		return ErrClosed
	}
	runtime.SetFinalizer(p, nil)
	C.plx_poller_destroy(p.ptr)
	return nil
}

// Backend is the one in use.
func (p *Poller) Backend() Backend { return p.backend }

// Count is how many descriptors are registered; 0 if the poller is closed.
func (p *Poller) Count() int {
	if p.enter() != nil {
		return 0
	}
	defer p.leave()
	return int(C.plx_poller_count(p.ptr))
}

// FD is a descriptor that is readable when there are events, to nest the poller in another event
// loop. It belongs to the poller. ENOTSUP without [CapNativeFD]; EMFILE, ENFILE, ENOMEM.
func (p *Poller) FD() (int, error) {
	if err := p.enter(); err != nil {
		return -1, err
	}
	defer p.leave()
	fd := C.plx_poller_fd(p.ptr)
	if fd < 0 {
		return -1, Error(fd)
	}
	return int(fd), nil
}

// Add registers a descriptor. Remove it before it is closed. The poller does not keep an [os.File]
// or a connection open that owns the descriptor: whoever registers it has to.
//
// EBADF: not open. EEXIST: registered already. EPERM: a regular file, a directory, or what else
// cannot be waited for. EINVAL: unknown or contradicting bits. ENOTSUP: the backend cannot do that.
// ENOMEM, ENOSPC.
func (p *Poller) Add(fd int, token uint64, interest Events) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.leave()
	return check(C.plx_poller_add(p.ptr, descriptor(fd), C.uint64_t(token),
		C.uint32_t(interest)))
}

// Modify gives a registered descriptor another token and interest, and arms it again. ENOENT if it
// is not registered, else as Add; after an error the old registration holds.
func (p *Poller) Modify(fd int, token uint64, interest Events) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.leave()
	return check(C.plx_poller_modify(p.ptr, descriptor(fd), C.uint64_t(token),
		C.uint32_t(interest)))
}

// Remove forgets a descriptor: no Wait that begins afterwards reports it. ENOENT if it is not
// registered, EBADF if it is negative.
func (p *Poller) Remove(fd int) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.leave()
	return check(C.plx_poller_remove(p.ptr, descriptor(fd)))
}

// Wake ends one Wait: one in progress, or else the next. That reports [Woken].
func (p *Poller) Wake() error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.leave()
	return check(C.plx_poller_wake(p.ptr))
}

// Wait fills in events and tells how many; 0 is the timeout and nothing else. A negative timeout
// waits for ever, 0 does not wait. Signals do not end it. Nothing is allocated.
//
// EINVAL: no room in events. ErrClosed: Close was called, before or meanwhile. ENOMEM, EMFILE,
// ENFILE, ENOSPC: no event is lost.
func (p *Poller) Wait(events []Event, timeout time.Duration) (int, error) {
	if err := p.enter(); err != nil {
		return 0, err
	}
	defer p.leave()
	var first *C.plx_event
	if len(events) > 0 {
		first = (*C.plx_event)(unsafe.Pointer(&events[0]))
	}
	room := len(events)
	if room > math.MaxInt32 {
		room = math.MaxInt32
	}
	result := p.wait(first, C.int(room), timeout)
	if p.gate.isClosed() {
		return 0, ErrClosed
	}
	if result < 0 {
		return 0, Error(result)
	}
	return int(result), nil
}

// wait goes on for the rest of the time when a handler of a signal has run.
func (p *Poller) wait(first *C.plx_event, room C.int, timeout time.Duration) C.int {
	var end time.Time
	if timeout > 0 {
		end = time.Now().Add(timeout)
	}
	left := timeout
	poller := C.uintptr_t(uintptr(unsafe.Pointer(p.ptr)))
	for {
		result := C.bridge_wait(poller, first, room, C.int64_t(left))
		if result != -C.int(syscall.EINTR) {
			return result
		}
		if timeout > 0 {
			if left = time.Until(end); left < 0 {
				left = 0
			}
		}
	}
}
