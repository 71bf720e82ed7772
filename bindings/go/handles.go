// SPDX-License-Identifier: MIT

package pollux

/*
#include "bridge.h"
*/
import "C"

import (
	"os"
	"os/signal"
	"runtime/cgo"
	"syscall"
	"time"
)

// handle is what was started on a loop, which keeps it until it is closed or has ended.
type handle struct {
	loop   *Loop
	key    cgo.Handle
	number C.plx_handle
	open   bool
	atEnd  func()
}

type starter func(loop *C.plx_loop, out *C.plx_handle, user C.uintptr_t) C.int

// start has C know whole by a key that is given back when the handle ends.
func (l *Loop) start(h *handle, whole interface{}, begin starter) error {
	if err := l.enter(); err != nil {
		return err
	}
	defer l.leave()
	h.loop = l
	h.key = cgo.NewHandle(whole)
	var number C.plx_handle
	if err := check(begin(l.ptr, &number, C.uintptr_t(h.key))); err != nil {
		h.key.Delete()
		return err
	}
	h.number = number
	h.open = true
	l.open[h] = struct{}{}
	return nil
}

func (h *handle) call(fn func(loop *C.plx_loop, number C.plx_handle) C.int) error {
	if h.loop == nil {
		return ErrClosed
	}
	if err := h.loop.enter(); err != nil {
		return err
	}
	defer h.loop.leave()
	if !h.open {
		return ErrClosed
	}
	return check(fn(h.loop.ptr, h.number))
}

// end is called when C knows the handle no more.
func (h *handle) end() {
	if !h.open {
		return
	}
	h.open = false
	delete(h.loop.open, h)
	h.key.Delete()
	if h.atEnd != nil {
		h.atEnd()
	}
}

// Close ends it: nothing is called back any more. A descriptor stays open; a child lives on and is
// not reaped. Work that has not begun is cancelled, and its done is called with ECANCELED within
// this call; EBUSY: it is running, and done will come.
func (h *handle) Close() error {
	return h.call(func(loop *C.plx_loop, number C.plx_handle) C.int {
		result := C.plx_close(loop, number)
		if result == 0 {
			h.end()
		}
		return result
	})
}

// Ref undoes Unref.
func (h *handle) Ref() error {
	return h.call(func(loop *C.plx_loop, number C.plx_handle) C.int {
		return C.plx_ref(loop, number)
	})
}

// Unref lets it no longer keep [RunDefault] running.
func (h *handle) Unref() error {
	return h.call(func(loop *C.plx_loop, number C.plx_handle) C.int {
		return C.plx_unref(loop, number)
	})
}

// Number is the handle's number, as traces show it.
func (h *handle) Number() uint64 { return uint64(h.number) }

// IO is a descriptor that is watched.
type IO struct {
	handle
	fd int
	fn func(*IO, Events)
}

// IO calls fn when a descriptor is ready. Errors as [Poller.Add]; EINVAL also for nil.
func (l *Loop) IO(fd int, interest Events, fn func(*IO, Events)) (*IO, error) {
	if fn == nil {
		return nil, errInvalid
	}
	h := &IO{fd: fd, fn: fn}
	err := l.start(&h.handle, h, func(loop *C.plx_loop, out *C.plx_handle, user C.uintptr_t) C.int {
		return C.bridge_io(loop, out, descriptor(fd), C.uint32_t(interest), user)
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// FD is the descriptor.
func (h *IO) FD() int { return h.fd }

// Set changes what is watched for, and arms again what has fired once. It reaches the kernel before
// the next wait; should that refuse, [Failed] is reported. EINVAL, ENOTSUP, ENOMEM.
func (h *IO) Set(interest Events) error {
	return h.call(func(loop *C.plx_loop, number C.plx_handle) C.int {
		return C.plx_io_set(loop, number, C.uint32_t(interest))
	})
}

// Timer is a timer.
type Timer struct {
	handle
	fn func(*Timer)
}

// Timer calls fn after the delay from [Loop.Now], never early, and with a period again after each.
// Once fired, one without a period stays until it is closed, and can be set again; see also
// [Loop.After]. EINVAL: a negative time or nil. ENOMEM.
func (l *Loop) Timer(delay, period time.Duration, fn func(*Timer)) (*Timer, error) {
	if fn == nil {
		return nil, errInvalid
	}
	h := &Timer{fn: fn}
	err := l.start(&h.handle, h, func(loop *C.plx_loop, out *C.plx_handle, user C.uintptr_t) C.int {
		return C.bridge_timer(loop, out, C.int64_t(delay), C.int64_t(period), user)
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// After calls fn once, after the delay from [Loop.Now]. The timer is closed by then.
func (l *Loop) After(delay time.Duration, fn func()) (*Timer, error) {
	if fn == nil {
		return nil, errInvalid
	}
	return l.Timer(delay, 0, func(h *Timer) {
		_ = h.Close()
		fn()
	})
}

// Set sets it anew, whether it has fired or not. EINVAL: a negative time. ENOMEM.
func (h *Timer) Set(delay, period time.Duration) error {
	if delay < 0 {
		return h.call(func(*C.plx_loop, C.plx_handle) C.int { return C.int(errInvalid) })
	}
	return h.set(delay, period)
}

// Stop stops it until it is set again.
func (h *Timer) Stop() error { return h.set(-1, 0) }

func (h *Timer) set(delay, period time.Duration) error {
	return h.call(func(loop *C.plx_loop, number C.plx_handle) C.int {
		return C.plx_timer_set(loop, number, C.int64_t(delay), C.int64_t(period))
	})
}

// Signal is a signal that is watched.
type Signal struct {
	handle
	signo syscall.Signal
	fn    func(*Signal)
}

// Signal calls fn after a signal has arrived in this process, once for any number of them. What Go
// does otherwise, such as to exit on SIGINT, is suspended meanwhile; channels of package os/signal
// get theirs as before. EINVAL: SIGKILL, SIGSTOP, one of a fault, an unknown one, nil. ENOMEM.
func (l *Loop) Signal(signo syscall.Signal, fn func(*Signal)) (*Signal, error) {
	if fn == nil {
		return nil, errInvalid
	}
	h := &Signal{signo: signo, fn: fn}
	// The library calls Go's handler too. That ends the process unless somebody has asked for the
	// signal; nobody reads from here, and what does not fit is dropped.
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, signo)
	h.atEnd = func() { signal.Stop(ignored) }
	err := l.start(&h.handle, h, func(loop *C.plx_loop, out *C.plx_handle, user C.uintptr_t) C.int {
		return C.bridge_signal(loop, out, C.int(signo), user)
	})
	if err != nil {
		signal.Stop(ignored)
		return nil, err
	}
	return h, nil
}

// Signal is the signal.
func (h *Signal) Signal() syscall.Signal { return h.signo }

// Child is a child process that is waited for.
type Child struct {
	handle
	pid int
	fn  func(*Child, syscall.WaitStatus)
}

// Child calls fn when a child process has ended, also if that was before, and reaps that child and
// no other: do not wait for it by other means, such as exec.Cmd.Wait. The handle ends with it.
// ECHILD: no child of this process. EEXIST: the loop waits for it already. EINVAL, ENOMEM, ENOSPC,
// EMFILE, ENFILE.
func (l *Loop) Child(pid int, fn func(*Child, syscall.WaitStatus)) (*Child, error) {
	if fn == nil {
		return nil, errInvalid
	}
	h := &Child{pid: pid, fn: fn}
	err := l.start(&h.handle, h, func(loop *C.plx_loop, out *C.plx_handle, user C.uintptr_t) C.int {
		return C.bridge_child(loop, out, C.int64_t(pid), user)
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// Pid is the process.
func (h *Child) Pid() int { return h.pid }
