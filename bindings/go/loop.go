// SPDX-License-Identifier: MIT

package pollux

/*
#include "bridge.h"
*/
import "C"

import (
	"runtime/cgo"
	"sync"
	"time"
)

// LoopOptions is how a [Loop] is made. The zero value will do.
type LoopOptions struct {
	// Backend and RequiredCapabilities are as in [PollerOptions].
	Backend              Backend
	RequiredCapabilities Capabilities
	// WorkThreads is how many threads the pool may have, up to 1024; 0 is 4.
	WorkThreads uint32
	// EventsPerWait is how many I/O events an iteration may have, up to 65536; 0 is 1024.
	EventsPerWait uint32
	// TimeCallbacks measures each callback, for [Stats.SlowestCallback].
	TimeCallbacks bool
}

// Loop runs callbacks in the goroutine that calls Run. Close it: the garbage collector does not.
//
// While it runs, only Post and Stop may be called elsewhere; anything else, on what was started on
// the loop too, is ErrWrongGoroutine there. While it does not run, any goroutine may call. In work
// (see [Loop.Work]) it is Post and Stop always.
//
// What a callback starts is not run in the same iteration; what it closes is not run at all. A
// panic in a callback ends the run after the iteration, and Run panics with the same value. With
// several in one iteration the first is what recover gives. A callback must not call
// runtime.Goexit, nor t.FailNow, which does: it cannot pass through C, and is a panic that ends the
// process.
type Loop struct {
	gate  gate // of what any goroutine may call
	turn  turn // of the rest
	ptr   *C.plx_loop
	key   cgo.Handle
	open  map[*handle]struct{}
	trace func(TraceEvent)

	backend Backend
	panics  []interface{}

	postsMu sync.Mutex
	posts   []func()
}

// NewLoop makes a loop, with the errors of [NewPoller].
func NewLoop(options LoopOptions) (*Loop, error) {
	if err := checkVersion(uint32(C.plx_version())); err != nil {
		return nil, err
	}
	given := C.plx_loop_options{
		struct_size:           C.sizeof_plx_loop_options,
		backend:               C.uint32_t(options.Backend),
		required_capabilities: C.uint32_t(options.RequiredCapabilities),
		work_threads:          C.uint32_t(options.WorkThreads),
		events_per_wait:       C.uint32_t(options.EventsPerWait),
	}
	if options.TimeCallbacks {
		given.flags = C.PLX_LOOP_TIME_CALLBACKS
	}
	var ptr *C.plx_loop
	if err := check(C.plx_loop_create(&ptr, &given)); err != nil {
		return nil, err
	}
	l := &Loop{gate: gate{empty: make(chan struct{})}, open: make(map[*handle]struct{})}
	l.turn.init()
	l.ptr = ptr
	l.key = cgo.NewHandle(l)
	l.backend = Backend(C.plx_loop_backend(ptr))
	return l, nil
}

func (l *Loop) enter() error {
	if l.ptr == nil {
		return ErrClosed
	}
	return l.turn.begin()
}

// leave does what has waited for the last callback: a close, and the panics of callbacks.
func (l *Loop) leave() {
	if l.turn.isNested() {
		l.turn.end()
		return
	}
	if l.turn.isClosed() {
		l.destroy()
	}
	panics := l.panics
	l.panics = nil
	l.turn.end()
	panicWith(panics)
}

// panicWith panics with the first. Should nobody recover, the others are shown too.
func panicWith(panics []interface{}) {
	if len(panics) == 0 {
		return
	}
	defer panic(panics[0])
	panicWith(panics[1:])
}

// Close ends all that was started and calls nothing back; work that is running is waited for.
// Descriptors stay open, children live on. From a callback it takes effect when the iteration is
// over, and no further callback runs. Afterwards everything is ErrClosed, a second Close too.
func (l *Loop) Close() error {
	if err := l.enter(); err != nil {
		return err
	}
	defer l.leave()
	l.turn.setClosed()
	l.gate.close(func() { C.plx_loop_stop(l.ptr) })
	return nil
}

// Closed tells whether Close was called. Any goroutine.
func (l *Loop) Closed() bool { return l.ptr == nil || l.turn.isClosed() }

func (l *Loop) destroy() {
	C.plx_loop_destroy(l.ptr)
	for h := range l.open {
		h.end()
	}
	l.posts = nil
	l.trace = nil
	l.key.Delete()
}

// Backend is the one in use. Any goroutine.
func (l *Loop) Backend() Backend { return l.backend }

// Now is the loop's time: the monotonic clock, as it was when it was first needed after the last
// wait. Delays count from it.
func (l *Loop) Now() (time.Duration, error) {
	if err := l.enter(); err != nil {
		return 0, err
	}
	defer l.leave()
	return time.Duration(C.plx_loop_now(l.ptr)), nil
}

// UpdateNow sets [Loop.Now] to the clock, and gives it. For callbacks that compute for long.
func (l *Loop) UpdateNow() (time.Duration, error) {
	if err := l.enter(); err != nil {
		return 0, err
	}
	defer l.leave()
	return time.Duration(C.plx_loop_update_now(l.ptr)), nil
}

// NextDeadline is when the loop has to run at the latest, in terms of [Loop.Now]: 0 if something is
// to be done already, and negative if nothing has a deadline.
func (l *Loop) NextDeadline() (time.Duration, error) {
	if err := l.enter(); err != nil {
		return 0, err
	}
	defer l.leave()
	var out C.int64_t
	err := check(C.plx_loop_next_deadline(l.ptr, &out))
	return time.Duration(out), err
}

// FD is a descriptor that is readable when a run with [RunNoWait] has something to do, to embed the
// loop in another one; see also [Loop.NextDeadline]. Run it once so before the first wait. ENOTSUP
// without [CapNativeFD]; EMFILE, ENFILE, ENOMEM.
func (l *Loop) FD() (int, error) {
	if err := l.enter(); err != nil {
		return -1, err
	}
	defer l.leave()
	fd := C.plx_loop_fd(l.ptr)
	if fd < 0 {
		return -1, Error(fd)
	}
	return int(fd), nil
}
