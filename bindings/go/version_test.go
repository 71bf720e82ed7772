// SPDX-License-Identifier: MIT

package pollux

import "testing"

func TestALibraryOfAnotherVersionIsRefused(t *testing.T) {
	if err := checkVersion(headerVersion); err != nil {
		t.Error(err)
	}
	if err := checkVersion(headerVersion + 1); err != nil { // another patch level
		t.Error(err)
	}
	for _, other := range []uint32{headerVersion + 1<<8, headerVersion + 1<<16} {
		if err := checkVersion(other); err == nil {
			t.Errorf("%#x is accepted", other)
		}
	}
	if Version() == "" {
		t.Error("there is no version")
	}
}
