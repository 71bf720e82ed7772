// SPDX-License-Identifier: MIT

package pollux_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"pollux"
)

var errnos = map[string]syscall.Errno{
	"E2BIG": syscall.E2BIG, "EACCES": syscall.EACCES, "EAGAIN": syscall.EAGAIN,
	"EBADF": syscall.EBADF, "EBUSY": syscall.EBUSY, "ECANCELED": syscall.ECANCELED,
	"ECHILD": syscall.ECHILD, "EEXIST": syscall.EEXIST, "EINTR": syscall.EINTR,
	"EINVAL": syscall.EINVAL, "EIO": syscall.EIO, "EMFILE": syscall.EMFILE,
	"ENFILE": syscall.ENFILE, "ENOENT": syscall.ENOENT, "ENOMEM": syscall.ENOMEM,
	"ENOSPC": syscall.ENOSPC, "ENOTSUP": syscall.ENOTSUP, "EPERM": syscall.EPERM,
}

func headerText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../include/pollux/pollux.h")
	ok(t, err)
	return string(text)
}

func TestEveryErrorOfTheHeaderIsThatOfTheSystem(t *testing.T) {
	found := regexp.MustCompile("`-(E[A-Z0-9]+)`").FindAllStringSubmatch(headerText(t), -1)
	if len(found) < 50 {
		t.Fatalf("the header names %d errors", len(found))
	}
	for _, match := range found {
		name := match[1]
		errno, isKnown := errnos[name]
		if !isKnown {
			t.Errorf("%s is not in the table of this test", name)
			continue
		}
		var err error = pollux.Error(-int(errno))
		same(t, err.(pollux.Error).Name(), name)
		gives(t, err, errno)
		same(t, errors.Is(err, syscall.EXDEV), false)
		same(t, strings.Contains(err.Error(), name), true)
		same(t, strings.Contains(err.Error(), "unknown"), false)
	}
}

func TestAnErrorIsAlsoWhatPackageOsCallsIt(t *testing.T) {
	gives(t, pollux.Error(-int(syscall.EEXIST)), os.ErrExist)
	gives(t, pollux.Error(-int(syscall.ENOENT)), os.ErrNotExist)
	gives(t, pollux.Error(-int(syscall.EPERM)), os.ErrPermission)
	same(t, errors.Is(pollux.ErrWrongGoroutine, os.ErrClosed), false)
}

func TestTheNamesOfFlagsAreListed(t *testing.T) {
	same(t, (pollux.Readable | pollux.Hangup).String(), "READABLE|HANGUP")
	same(t, pollux.Events(0).String(), "0x0")
	same(t, (pollux.Woken | 1<<31).String(), "WOKEN|0x80000000")
	same(t, (pollux.CapEdge | pollux.CapNativeFD).String(), "EDGE|NATIVE_FD")
}
