// SPDX-License-Identifier: MIT
// FreeBSD 12 and later: SO_REUSEPORT alone gives all connections to the last listener.
#include "net/listener.hpp"

#include <sys/socket.h>

namespace bench {

const int kReusePort = SO_REUSEPORT_LB;

}  // namespace bench
