/* SPDX-License-Identifier: MIT */
/* TCP sockets on the loopback interface, non-blocking and close-on-exec, on any POSIX system. */
#ifndef EXAMPLES_NET_H
#define EXAMPLES_NET_H

#include <stdbool.h>
#include <stdint.h>

/* Writing to a connection that the peer has reset is an error (EPIPE) and not the end of the
 * program. */
void ignore_broken_pipes(void);

/* Asks for as many descriptors as the system allows, but no more than 20,000; says how many. */
int64_t raise_descriptor_limit(void);

/* The results are a descriptor, or a negated errno. Port 0 is any port that is free. */
int listen_on_loopback(uint16_t port);
int accept_connection(int listener);
int begin_connect_to_loopback(uint16_t port);

/* The port that a socket is bound to. */
uint16_t local_port(int fd);

/* How a connect ended: 0 or a negated errno. */
int connect_result(int fd);

/* What an errno of recv(), send() or connect() means. */
bool means_not_now(int error);
bool means_peer_is_gone(int error);

#endif
