// SPDX-License-Identifier: MIT

package pollux_test

import (
	"bytes"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"

	"pollux"
)

func TestASignalIsReportedAndDoesNotEndTheProcess(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		for _, signo := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1} {
			loop := newLoop(t, backend)
			calls := 0
			_, err := loop.Signal(signo, func(signal *pollux.Signal) {
				calls++
				same(t, signal.Signal(), signo)
				signal.Close()
			})
			ok(t, err)
			ok(t, loop.Post(func() { syscall.Kill(os.Getpid(), signo) }))
			run(t, loop)
			same(t, calls, 1)
		}
	})
}

func TestAChannelOfPackageSignalGetsItTooAndAfterwards(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		channel := make(chan os.Signal, 1)
		signal.Notify(channel, syscall.SIGUSR2)
		defer signal.Stop(channel)
		loop := newLoop(t, backend)
		_, err := loop.Signal(syscall.SIGUSR2, func(signal *pollux.Signal) { signal.Close() })
		ok(t, err)
		ok(t, loop.Post(func() { syscall.Kill(os.Getpid(), syscall.SIGUSR2) }))
		run(t, loop)
		same(t, (<-channel).(syscall.Signal), syscall.SIGUSR2)
		ok(t, syscall.Kill(os.Getpid(), syscall.SIGUSR2))
		same(t, (<-channel).(syscall.Signal), syscall.SIGUSR2)
	})
}

func TestAClosedSignalDoesAgainWhatItDidBefore(t *testing.T) {
	if os.Getenv("POLLUX_TEST_CHILD") == "" {
		command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		command.Env = append(os.Environ(), "POLLUX_TEST_CHILD=1")
		command.Run()
		status := command.ProcessState.Sys().(syscall.WaitStatus)
		same(t, status.Signal(), syscall.SIGTERM)
		return
	}
	loop := newLoop(t, pollux.Auto)
	handle, err := loop.Signal(syscall.SIGTERM, func(*pollux.Signal) {})
	ok(t, err)
	ok(t, handle.Close())
	ok(t, syscall.Kill(os.Getpid(), syscall.SIGTERM))
	time.Sleep(long)
}

func TestAChildIsReapedWithItsStatus(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		command := exec.Command("/bin/sh", "-c", "exit 7")
		ok(t, command.Start())
		pid := command.Process.Pid
		ended := false
		child, err := loop.Child(pid, func(child *pollux.Child, status syscall.WaitStatus) {
			ended = true
			same(t, child.Pid(), pid)
			same(t, status.ExitStatus(), 7)
			gives(t, child.Close(), pollux.ErrClosed)
		})
		ok(t, err)
		_, err = loop.Child(pid, func(*pollux.Child, syscall.WaitStatus) {})
		gives(t, err, syscall.EEXIST)
		run(t, loop)
		same(t, ended, true)
		gives(t, child.Close(), pollux.ErrClosed)
		_, err = loop.Child(pid, func(*pollux.Child, syscall.WaitStatus) {})
		gives(t, err, syscall.ECHILD)
	})
}

func TestWorkRunsInTheirThreadsAndIsDoneInTheLoops(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		// They meet, so each has a thread of its own.
		var together sync.WaitGroup
		together.Add(3)
		results := make([]int, 3)
		sum := 0
		for i := range results {
			i := i
			_, err := loop.Work(func() {
				together.Done()
				together.Wait()
				results[i] = i + 1
			}, func(err error) {
				gives(t, err, nil)
				sum += results[i]
			})
			ok(t, err)
		}
		run(t, loop)
		same(t, sum, 6)
	})
}

func TestWorkThatHasNotBegunIsCancelledAndWorkThatHasIsNot(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoopWith(t, pollux.LoopOptions{Backend: backend, WorkThreads: 1})
		begun, goOn := make(chan struct{}), make(chan struct{})
		ended := 0
		first, err := loop.Work(func() { close(begun); <-goOn }, func(err error) {
			gives(t, err, nil)
			ended++
		})
		ok(t, err)
		<-begun
		second, err := loop.Work(func() { t.Error("it was cancelled") }, func(err error) {
			gives(t, err, syscall.ECANCELED)
			ended++
		})
		ok(t, err)
		ok(t, second.Close())
		same(t, ended, 1)
		gives(t, second.Close(), pollux.ErrClosed)
		gives(t, first.Close(), syscall.EBUSY)
		close(goOn)
		run(t, loop)
		same(t, ended, 2)
	})
}

func TestClosingALoopWaitsForWorkThatIsRunning(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		begun, ended := make(chan struct{}), false
		_, err := loop.Work(func() {
			close(begun)
			for loop.Post(func() {}) == nil {
				time.Sleep(time.Millisecond)
			}
			ended = true
		}, func(error) { t.Error("the loop is closed") })
		ok(t, err)
		<-begun
		ok(t, loop.Close())
		same(t, ended, true)
	})
}

func TestANameIsResolved(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		resolve := func(host, service string, family pollux.Family, wanted string, failure error) {
			_, err := loop.Resolve(host, service, family, func(list []netip.AddrPort, err error) {
				if failure != nil {
					gives(t, err, failure)
					same(t, len(list), 0)
				} else if err != nil || len(list) == 0 || list[0].String() != wanted {
					t.Errorf("%s gives %v, %v", host, list, err)
				}
			})
			ok(t, err)
		}
		resolve("127.0.0.1", "80", pollux.AnyFamily, "127.0.0.1:80", nil)
		resolve("localhost", "", pollux.IPv4, "127.0.0.1:0", nil)
		resolve("::1", "443", pollux.IPv6, "[::1]:443", nil)
		resolve("::1", "443", pollux.IPv4, "", syscall.ENOENT)
		resolve("127.0.0.1", "no such service", pollux.AnyFamily, "", syscall.EINVAL)
		run(t, loop)
	})
}

func TestAFileIsWrittenAndReadAtAnOffset(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		opened, err := os.Create(t.TempDir() + "/file")
		ok(t, err)
		defer opened.Close()
		fd := int(opened.Fd())
		data := bytes.Repeat([]byte("pollux"), 10000)
		_, err = loop.WriteAt(fd, data, 5, func(n int, err error) {
			gives(t, err, nil)
			same(t, n, len(data))
		})
		ok(t, err)
		clear := append([]byte(nil), data...)
		for i := range data {
			data[i] = 'x' // it was copied
		}
		run(t, loop)
		into := make([]byte, len(clear)+1)
		read := func(offset int64, into []byte, wanted int, failure error) {
			_, err := loop.ReadAt(fd, into, offset, func(n int, err error) {
				same(t, n, wanted)
				gives(t, err, failure)
			})
			ok(t, err)
			run(t, loop)
		}
		read(5, into[:len(clear)], len(clear), nil)
		same(t, bytes.Equal(into[:len(clear)], clear), true)
		read(5, into, len(clear), io.EOF)
		read(int64(len(clear)+5), into, 0, io.EOF)
		read(0, nil, 0, nil)
		_, err = loop.ReadAt(-1, into, 0, func(n int, err error) {
			gives(t, err, syscall.EBADF)
		})
		ok(t, err)
		run(t, loop)
	})
}

func TestManyHandlesAreFreedOnce(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		for i := 0; i < 2000; i++ {
			timer, err := loop.After(0, func() {})
			ok(t, err)
			if i%2 == 0 {
				ok(t, timer.Close())
			}
			_, err = loop.Work(func() {}, nil)
			ok(t, err)
		}
		run(t, loop)
		stats, err := loop.Stats()
		ok(t, err)
		same(t, stats.TimerHandles+stats.WorkHandles, 0)
		same(t, stats.WorkDone, 2000)
		same(t, stats.TimersFired, 1000)
	})
}
