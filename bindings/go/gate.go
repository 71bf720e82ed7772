// SPDX-License-Identifier: MIT

package pollux

import "sync/atomic"

// gate counts who is inside, so that what is closed can be destroyed when the last one has left.
type gate struct {
	state atomic.Int64 // 2 for each one inside, and 1 once it is closed
	empty chan struct{}
}

func (g *gate) enter() bool {
	for {
		state := g.state.Load()
		if state&1 != 0 {
			return false
		}
		if g.state.CompareAndSwap(state, state+2) {
			return true
		}
	}
}

func (g *gate) leave() {
	// Nobody enters a closed gate, so this happens once.
	if g.state.Add(-2) == 1 {
		close(g.empty)
	}
}

func (g *gate) isClosed() bool { return g.state.Load()&1 != 0 }

// close lets nobody in any more, calls nudge, and waits until nobody is inside. False if somebody
// else has closed it.
func (g *gate) close(nudge func()) bool {
	for {
		state := g.state.Load()
		if state&1 != 0 {
			return false
		}
		// As one of those inside, so that what nudge needs is still there.
		if g.state.CompareAndSwap(state, state+3) {
			break
		}
	}
	nudge()
	g.leave()
	<-g.empty
	return true
}
