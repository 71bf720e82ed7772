// SPDX-License-Identifier: MIT

package pollux_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unsafe"

	"pollux"
)

func TestAnEventIsLaidOutAsInC(t *testing.T) {
	// That it is so where the package is compiled is asserted there; this is for ever.
	var event pollux.Event
	same(t, unsafe.Sizeof(event), 16)
	same(t, unsafe.Offsetof(event.Token), 0)
	same(t, unsafe.Offsetof(event.FD), 8)
	same(t, unsafe.Offsetof(event.Events), 12)
}

// sources is the package as text, without its tests.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"*.go", "*.c"} {
		files, err := filepath.Glob(pattern)
		ok(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			ok(t, err)
			all.Write(text)
		}
	}
	return all.String()
}

func missing(t *testing.T, pattern string, least int, left ...string) {
	t.Helper()
	package_ := sources(t)
	names := regexp.MustCompile(pattern).FindAllStringSubmatch(headerText(t), -1)
	if len(names) < least {
		t.Fatalf("the header has %d", len(names))
	}
	for _, match := range names {
		name, isLeft := match[1], false
		for _, one := range left {
			isLeft = isLeft || one == name
		}
		isThere := regexp.MustCompile(`\b` + name + `\b`).MatchString(package_)
		if isThere == isLeft {
			t.Errorf("%s: in the package %v, left out %v", name, isThere, isLeft)
		}
	}
}

// Their values are the header's: the package asks the compiler.
func TestEveryConstantOfTheHeaderIsInThePackage(t *testing.T) {
	missing(t, `#define (PLX_\w+) (?:UINT32_C|\d)`, 35)
}

func TestEveryFunctionOfTheHeaderIsInThePackage(t *testing.T) {
	// A program in Go cannot fork without exec.
	missing(t, `PLX_EXPORT [^;()]*?\b(plx_\w+)\s*\(`, 40,
		"plx_poller_after_fork", "plx_loop_after_fork")
}

func TestEveryMemberOfTheStatisticsIsInThePackage(t *testing.T) {
	text := headerText(t)
	begin := strings.Index(text, "typedef struct plx_loop_stats {")
	end := strings.Index(text, "} plx_loop_stats;")
	members := regexp.MustCompile(`(?m)^    \w+ (\w+);`).FindAllStringSubmatch(text[begin:end], -1)
	same(t, len(members), 22)
	package_ := sources(t)
	for _, member := range members {
		if !strings.Contains(package_, "s."+member[1]) && member[1] != "struct_size" {
			t.Errorf("%s is missing", member[1])
		}
	}
}
