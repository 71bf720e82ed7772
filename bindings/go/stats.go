// SPDX-License-Identifier: MIT

package pollux

/*
#include "bridge.h"
*/
import "C"

import "time"

// Stats is what a loop has done and has to do.
type Stats struct {
	Iterations      uint64        // waits that have ended
	IOEvents        uint64        // I/O callbacks run
	Wakes           uint64        // waits ended by a post, a stop, a signal or work
	TimersFired     uint64        // timer callbacks run
	Posts           uint64        // posts run
	Signals         uint64        // signal callbacks run
	InterestChanges uint64        // changes of interest that reached the kernel
	WorkQueued      uint64        // work that has not begun
	WorkRunning     uint64        // work in a thread now
	WorkDone        uint64        // work that has ended or was cancelled
	WorkThreads     uint64        // threads of the pool now
	IOHandles       uint64        // open handles
	TimerHandles    uint64        // open handles
	ActiveTimers    uint64        // timers that are set
	SignalHandles   uint64        // open handles
	ChildHandles    uint64        // open handles
	WorkHandles     uint64        // open handles
	Busy            time.Duration // time in Run outside of waits, by the kernel's ticks
	Idle            time.Duration // time in waits
	SlowestCallback time.Duration // with TimeCallbacks or a trace, else 0
	SlowestKind     Kind          // its kind
}

// Stats takes the statistics.
func (l *Loop) Stats() (Stats, error) {
	if err := l.enter(); err != nil {
		return Stats{}, err
	}
	defer l.leave()
	s := C.plx_loop_stats{struct_size: C.sizeof_plx_loop_stats}
	if err := check(C.plx_loop_stats_get(l.ptr, &s)); err != nil {
		return Stats{}, err
	}
	return Stats{
		Iterations:      uint64(s.iterations),
		IOEvents:        uint64(s.io_events),
		Wakes:           uint64(s.wakes),
		TimersFired:     uint64(s.timers_fired),
		Posts:           uint64(s.posts),
		Signals:         uint64(s.signals),
		InterestChanges: uint64(s.interest_changes),
		WorkQueued:      uint64(s.work_queued),
		WorkRunning:     uint64(s.work_running),
		WorkDone:        uint64(s.work_done),
		WorkThreads:     uint64(s.work_threads),
		IOHandles:       uint64(s.io_handles),
		TimerHandles:    uint64(s.timer_handles),
		ActiveTimers:    uint64(s.active_timers),
		SignalHandles:   uint64(s.signal_handles),
		ChildHandles:    uint64(s.child_handles),
		WorkHandles:     uint64(s.work_handles),
		Busy:            time.Duration(s.busy_ns),
		Idle:            time.Duration(s.idle_ns),
		SlowestCallback: time.Duration(s.slowest_callback_ns),
		SlowestKind:     Kind(s.slowest_callback_kind),
	}, nil
}

// Kind is what a callback is of.
type Kind uint32

// The kinds.
const (
	KindNone   Kind = C.PLX_KIND_NONE
	KindIO     Kind = C.PLX_KIND_IO
	KindTimer  Kind = C.PLX_KIND_TIMER
	KindSignal Kind = C.PLX_KIND_SIGNAL
	KindChild  Kind = C.PLX_KIND_CHILD
	KindWork   Kind = C.PLX_KIND_WORK
	KindPost   Kind = C.PLX_KIND_POST
)

// String is the name, such as "io".
func (k Kind) String() string {
	names := [...]string{"none", "io", "timer", "signal", "child", "work", "post"}
	if int64(k) < int64(len(names)) {
		return names[k]
	}
	return "unknown"
}

// TraceEvent is one callback, as a trace shows it.
type TraceEvent struct {
	Handle   uint64        // its number; 0 for a post
	Start    time.Duration // when it began, on the clock of [Loop.Now]
	Duration time.Duration // how long it took
	Kind     Kind
	Events   uint32 // of I/O the [Events]; of a signal its number; else 0
}

// Trace has fn called after each callback; nil ends that. It must not call the loop: all but Post
// and Stop is EBUSY there.
func (l *Loop) Trace(fn func(TraceEvent)) error {
	if err := l.enter(); err != nil {
		return err
	}
	defer l.leave()
	on := C.int(0)
	if fn != nil {
		on = 1
	}
	l.trace = fn
	return check(C.bridge_trace(l.ptr, on, C.uintptr_t(l.key)))
}
