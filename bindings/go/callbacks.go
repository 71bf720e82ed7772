// SPDX-License-Identifier: MIT

package pollux

/*
#include "bridge.h"
*/
import "C"

import (
	"io"
	"runtime/cgo"
	"syscall"
	"time"
	"unsafe"
)

// What C calls, by way of bridge.c. Nothing may unwind through C: a panic is kept by the loop,
// which stops. A loop that was closed in this iteration calls no more of the program.

// catch is deferred around the program's code; finished tells it from a panic with nil.
func (l *Loop) catch(finished *bool) {
	if *finished {
		return
	}
	l.fail(recover())
}

func (l *Loop) fail(value interface{}) {
	l.panics = append(l.panics, value)
	if l.turn.running {
		C.plx_loop_stop(l.ptr)
	}
}

//export polluxGoIO
func polluxGoIO(key C.uintptr_t, ready C.uint32_t) {
	h := cgo.Handle(key).Value().(*IO)
	finished := h.loop.turn.closed
	defer h.loop.catch(&finished)
	if !finished {
		h.fn(h, Events(ready))
		finished = true
	}
}

//export polluxGoTimer
func polluxGoTimer(key C.uintptr_t) {
	h := cgo.Handle(key).Value().(*Timer)
	finished := h.loop.turn.closed
	defer h.loop.catch(&finished)
	if !finished {
		h.fn(h)
		finished = true
	}
}

//export polluxGoSignal
func polluxGoSignal(key C.uintptr_t) {
	h := cgo.Handle(key).Value().(*Signal)
	finished := h.loop.turn.closed
	defer h.loop.catch(&finished)
	if !finished {
		h.fn(h)
		finished = true
	}
}

//export polluxGoChild
func polluxGoChild(key C.uintptr_t, status C.int) {
	h := cgo.Handle(key).Value().(*Child)
	h.end()
	finished := h.loop.turn.closed
	defer h.loop.catch(&finished)
	if !finished {
		h.fn(h, syscall.WaitStatus(status))
		finished = true
	}
}

//export polluxGoPost
func polluxGoPost(key C.uintptr_t) {
	l := cgo.Handle(key).Value().(*Loop)
	fn := l.nextPost()
	finished := l.turn.closed
	defer l.catch(&finished)
	if !finished {
		fn()
		finished = true
	}
}

// In a thread of the pool.
//
//export polluxGoWork
func polluxGoWork(key C.uintptr_t) {
	t := cgo.Handle(key).Value().(*work)
	t.loop.turn.setWorking(true)
	defer t.loop.turn.setWorking(false)
	t.do()
}

//export polluxGoDone
func polluxGoDone(key C.uintptr_t, status C.int) {
	t := cgo.Handle(key).Value().(*work)
	t.end()
	finished := t.loop.turn.closed
	defer t.loop.catch(&finished)
	if !finished {
		t.finish(check(status))
		finished = true
	}
}

//export polluxGoResolved
func polluxGoResolved(key C.uintptr_t, status C.int, list *C.plx_address, count C.size_t) {
	t := cgo.Handle(key).Value().(*resolve)
	t.end()
	finished := t.loop.turn.closed
	defer t.loop.catch(&finished)
	if !finished {
		t.done(addresses(unsafe.Slice(list, int(count))), check(status))
		finished = true
	}
}

//export polluxGoFile
func polluxGoFile(key C.uintptr_t, result C.int64_t) {
	t := cgo.Handle(key).Value().(*file)
	var err error
	n := int(result)
	if n < 0 {
		n, err = 0, Error(n)
	} else if t.into != nil {
		if copy(t.into, unsafe.Slice((*byte)(t.buffer), n)) < len(t.into) {
			err = io.EOF
		}
	}
	t.end()
	finished := t.loop.turn.closed
	defer t.loop.catch(&finished)
	if !finished {
		t.done(n, err)
		finished = true
	}
}

//export polluxGoTrace
func polluxGoTrace(key C.uintptr_t, event *C.plx_trace_event) {
	l := cgo.Handle(key).Value().(*Loop)
	finished := l.turn.closed
	defer l.catch(&finished)
	if finished {
		return
	}
	l.turn.tracing = true
	defer func() { l.turn.tracing = false }()
	l.trace(TraceEvent{
		Handle:   uint64(event.handle),
		Start:    time.Duration(event.start_ns),
		Duration: time.Duration(event.duration_ns),
		Kind:     Kind(event.kind),
		Events:   uint32(event.events),
	})
	finished = true
}
