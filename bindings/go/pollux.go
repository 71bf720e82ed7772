// SPDX-License-Identifier: MIT

// Package pollux tells a program which of its descriptors are ready: one interface over epoll,
// kqueue and poll, chosen at run time. A [Poller] waits and gives back plain events; a [Loop]
// stands on one and calls back: I/O, timers, posts, signals, children, work, names and files.
//
// The package calls the shared library Pollux, which pkg-config has to know as "pollux".
//
// Every error is an [Error], for which errors.Is knows the numbers of package syscall, or one of
// [ErrClosed] and [ErrWrongGoroutine].
package pollux

/*
#cgo pkg-config: pollux
#include "bridge.h"
*/
import "C"

import "fmt"

// Version is that of the library that is loaded, such as "0.1.0".
func Version() string {
	return C.GoString(C.plx_version_string())
}

const headerVersion = C.PLX_VERSION_MAJOR<<16 | C.PLX_VERSION_MINOR<<8 | C.PLX_VERSION_PATCH

// checkVersion refuses a library that this package was not built for: while the major version is 0,
// each minor version may change the interface.
func checkVersion(loaded uint32) error {
	if loaded>>8 == headerVersion>>8 || loaded>>16 != 0 && loaded>>16 == headerVersion>>16 {
		return nil
	}
	return fmt.Errorf("pollux: the library that is loaded is of version %d.%d, not %d.%d",
		loaded>>16, loaded>>8&0xff, headerVersion>>16, headerVersion>>8&0xff)
}

// descriptor keeps a number that C would cut off from becoming another one.
func descriptor(fd int) C.int {
	if int(C.int(fd)) != fd {
		return -1
	}
	return C.int(fd)
}
