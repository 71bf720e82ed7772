// SPDX-License-Identifier: MIT

package pollux

/*
#include "bridge.h"
*/
import "C"

import (
	"os"
	"syscall"
)

// Error is a result of the library: a negated number of the system's errno. It unwraps to the
// [syscall.Errno], so that errors.Is(err, syscall.EBADF) and errors.Is(err, os.ErrExist) work.
type Error int

// Error is a short phrase and the name.
func (e Error) Error() string {
	return "pollux: " + C.GoString(C.plx_strerror(C.int(e))) + " (" + e.Name() + ")"
}

// Name is the symbolic name, such as "EBADF".
func (e Error) Name() string {
	return C.GoString(C.plx_error_name(C.int(e)))
}

// Unwrap gives the number of the system.
func (e Error) Unwrap() error {
	return syscall.Errno(-e)
}

const (
	errInvalid = -Error(syscall.EINVAL)
	errBusy    = -Error(syscall.EBUSY)
	errMemory  = -Error(syscall.ENOMEM)
)

func check(result C.int) error {
	if result >= 0 {
		return nil
	}
	return Error(result)
}

type misuse struct {
	text string
	like error
}

func (m *misuse) Error() string { return m.text }

func (m *misuse) Unwrap() error { return m.like }

// ErrClosed is the answer of a poller, a loop or a handle that was closed, or has ended, or was
// never made. errors.Is knows it as os.ErrClosed too.
var ErrClosed error = &misuse{"pollux: closed", os.ErrClosed}

// ErrWrongGoroutine is the answer of a loop, and of all that was started on it, outside of the
// goroutine that runs it, and in work: only Post, Stop, Closed and Backend may be called there.
var ErrWrongGoroutine error = &misuse{
	"pollux: a loop that runs belongs to its goroutine; others may only Post and Stop", nil,
}
