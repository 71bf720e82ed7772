// SPDX-License-Identifier: MIT

package main

import (
	"testing"

	"pollux"
)

func TestTheServerEchoesToASlowClientOverEachBackend(t *testing.T) {
	for _, backend := range pollux.Backends() {
		const total = 16 << 20
		taken, changes, err := demonstrate(backend, total)
		if err != nil {
			t.Fatalf("%v: %v", backend, err)
		}
		if taken == total || changes == 0 {
			t.Errorf("%v: %d bytes were taken from a client that did not read, and the interest "+
				"changed %d times", backend, taken, changes)
		}
	}
}
