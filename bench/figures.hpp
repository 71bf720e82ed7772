// SPDX-License-Identifier: MIT
// Contenders in turn, round after round, and what comes out of it.
#pragma once

#include "request.hpp"

namespace bench {

// Each prints its table and returns the program's status.
// Of Contender::chain or Contender::one_shot.
int compare_chain(Request request, Sample (*Contender::*work)(const Parameters&));
// Of Contender::echo or Contender::http.
int compare_network(Request request, NetworkSample (*Contender::*work)(const Parameters&));
int compare_accept(const Request& request);
// Of Contender::ping or Contender::posts.
int compare_posts(const Request& request, double (*Contender::*work)(const Parameters&));

}  // namespace bench
