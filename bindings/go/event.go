// SPDX-License-Identifier: MIT

package pollux

/*
#include "bridge.h"
*/
import "C"

import "unsafe"

// Events is a set of what is asked for, or of what is reported.
type Events uint32

// What can be asked for and reported.
const (
	// Readable: a read would not block. Data, a connection, the end or an error is there.
	Readable Events = C.PLX_READABLE
	// Priority: out-of-band data or another exceptional condition. Needs [CapPriority].
	Priority Events = C.PLX_PRIORITY
	// Writable: a write would not block. There is room, the connect has ended, or an error is there.
	Writable Events = C.PLX_WRITABLE
)

// What can only be asked for. Without Edge, what is ready is reported as long as it is.
const (
	// Edge reports changes to ready, not the state. Needs [CapEdge].
	Edge Events = C.PLX_EDGE
	// OneShot reports once, then disarms both directions until the interest is set again.
	OneShot Events = C.PLX_ONESHOT
	// Exclusive wakes fewer than all of the pollers that watch a file with it, see [CapExclusive].
	Exclusive Events = C.PLX_EXCLUSIVE
)

// What can only be reported. The first three are hints: reading or writing tells for certain.
const (
	// Failed: the file is in an error state.
	Failed Events = C.PLX_ERROR
	// Hangup: both directions are closed. Data may still be unread.
	Hangup Events = C.PLX_HANGUP
	// ReadClosed: the peer will send no more. Data may still be unread.
	ReadClosed Events = C.PLX_READ_CLOSED
	// Woken: [Poller.Wake] has ended the wait. Alone, of the descriptor -1 and the token 0.
	Woken Events = C.PLX_WOKEN
)

// Has tells whether all of these are there.
func (e Events) Has(all Events) bool { return e&all == all }

// String lists the names, such as "READABLE|HANGUP".
func (e Events) String() string {
	return namesOf(uint32(e), eventNames)
}

var eventNames = []flagName{
	{uint32(Readable), "READABLE"},
	{uint32(Priority), "PRIORITY"},
	{uint32(Writable), "WRITABLE"},
	{uint32(Failed), "ERROR"},
	{uint32(Hangup), "HANGUP"},
	{uint32(ReadClosed), "READ_CLOSED"},
	{uint32(Edge), "EDGE"},
	{uint32(OneShot), "ONESHOT"},
	{uint32(Exclusive), "EXCLUSIVE"},
	{uint32(Woken), "WOKEN"},
}

// Event is what is ready. C fills it in as it is.
type Event struct {
	// Token is what [Poller.Add] or the last [Poller.Modify] was given.
	Token uint64
	// FD is the descriptor.
	FD int32
	// Events is what is ready.
	Events Events
}

// These do not compile unless the layouts are the same.
var (
	_ [unsafe.Sizeof(Event{})]byte          = [unsafe.Sizeof(C.plx_event{})]byte{}
	_ [unsafe.Alignof(Event{})]byte         = [unsafe.Alignof(C.plx_event{})]byte{}
	_ [unsafe.Offsetof(Event{}.Token)]byte  = [unsafe.Offsetof(C.plx_event{}.token)]byte{}
	_ [unsafe.Offsetof(Event{}.FD)]byte     = [unsafe.Offsetof(C.plx_event{}.fd)]byte{}
	_ [unsafe.Offsetof(Event{}.Events)]byte = [unsafe.Offsetof(C.plx_event{}.events)]byte{}
)
