// SPDX-License-Identifier: MIT
// Linux spreads the connections; on macOS the last listener gets them all.
#include "net/listener.hpp"

#include <sys/socket.h>

namespace bench {

const int kReusePort = SO_REUSEPORT;

}  // namespace bench
