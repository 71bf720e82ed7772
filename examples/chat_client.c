/* SPDX-License-Identifier: MIT */
/* One connection of the chat: what it says goes to chat_room.c line by line; what it is told
 * is kept in its outbox until the callback ends, and then as long as it reads slowly. */
#include "chat.h"
#include "net.h"
#include "program.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

/* How long what is pending for a client that leaves is still sent. */
#define LINGER_NS NANOSECONDS_PER_SECOND

static void mark_unsettled(struct client* client) {
    if (client->is_unsettled) return;
    client->is_unsettled = true;
    client->next_unsettled = client->chat->unsettled;
    client->chat->unsettled = client;
}

/* Speaking ------------------------------------------------------------------------------------- */

/* The notice to the others is given by settle(): this may be in the middle of telling them
 * something else. */
static void send_pending(struct client* client) {
    const long sent = outbox_send(&client->output, client->fd);
    if (sent < 0) client->is_lost = true;
    if (sent > 0) client->chat->statistics.sent += (uint64_t)sent;
}

/* What does not fit may fit once more is sent: only a client that does not read is overfull. */
static void queue_text(struct client* client, const char* text, size_t size) {
    struct chat* chat = client->chat;
    if (client->is_overfull || client->is_lost) return;
    mark_unsettled(client);
    if (!outbox_append(&client->output, text, size, chat->bound)) {
        send_pending(client);
        client->is_overfull = !outbox_append(&client->output, text, size, chat->bound);
    }
    const size_t pending = outbox_pending(&client->output);
    if (pending > chat->statistics.peak_pending) chat->statistics.peak_pending = pending;
}

__attribute__((format(printf, 2, 0))) static size_t write_line(struct chat* chat,
                                                               const char* format,
                                                               va_list arguments) {
    const size_t room = chat->text_size - 1;
    const int size = vsnprintf(chat->text, room, format, arguments);
    const size_t written = size < 0 ? 0 : (size_t)size < room ? (size_t)size : room - 1;
    chat->text[written] = '\n';
    return written + 1;
}

void say(struct client* client, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const size_t size = write_line(client->chat, format, arguments);
    va_end(arguments);
    queue_text(client, client->chat->text, size);
}

void say_to_others(const struct client* client, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const size_t size = write_line(client->chat, format, arguments);
    va_end(arguments);
    for (struct client* other = client->chat->clients; other != NULL; other = other->next) {
        if (other != client && other->is_present) queue_text(other, client->chat->text, size);
    }
}

/* Leaving -------------------------------------------------------------------------------------- */

void dismiss(struct client* client) {
    if (client->is_present) --client->chat->present;
    client->is_present = false;
    plx_timer_set(client->chat->loop, client->timer, LINGER_NS, 0);
    mark_unsettled(client);
}

static void close_client(struct client* client) {
    struct chat* chat = client->chat;
    plx_close(chat->loop, client->io);
    plx_close(chat->loop, client->timer);
    close(client->fd);
    if (client->previous != NULL) client->previous->next = client->next;
    if (client->next != NULL) client->next->previous = client->previous;
    if (chat->clients == client) chat->clients = client->next;
    line_reader_close(&client->input);
    outbox_close(&client->output);
    free(client);
    ++chat->statistics.closed;
    resume_accept(chat);
}

static void drop(struct client* client) {
    static const char reason[] = "* you do not read what you are sent: goodbye\n";
    const size_t bound = client->chat->bound + kLastWords;
    outbox_append(&client->output, reason, sizeof reason - 1, bound);
    ++client->chat->statistics.dropped;
    leave(client, "did not read");
}

/* Settling ------------------------------------------------------------------------------------- */

/* It lets the answers pile up, and is not listened to until it has read some. */
static bool is_congested(const struct client* client) {
    return outbox_pending(&client->output) > client->chat->bound / 2;
}

/* Never neither: then there is nothing more to do, and it is closed. */
static uint32_t wanted_interest(const struct client* client) {
    const bool is_listened_to = !client->is_present || !is_congested(client);
    uint32_t interest = 0;
    if (is_listened_to && !client->is_read_closed) interest |= PLX_READABLE;
    if (outbox_pending(&client->output) > 0) interest |= PLX_WRITABLE;
    return interest;
}

static void update_interest(struct client* client) {
    const uint32_t interest = wanted_interest(client);
    if (interest == client->interest) return;
    client->interest = interest;
    if (plx_io_set(client->chat->loop, client->io, interest) < 0) client->is_lost = true;
}

/* The end of the stream first, and closing once the peer has ended its own: a close with something
 * unread resets the connection, and what the peer has not read yet is lost with it. */
static void end_stream(struct client* client) {
    if (client->is_write_closed) return;
    client->is_write_closed = true;
    shutdown(client->fd, SHUT_WR);
}

static void settle_client(struct client* client) {
    if (client->is_overfull && client->is_present) drop(client);
    if (!client->is_lost) send_pending(client);
    if (!client->is_lost) update_interest(client);
    if (client->is_lost && client->is_present) {
        ++client->chat->statistics.lost;
        leave(client, "connection lost");
    }
    const bool is_sent = !client->is_present && outbox_pending(&client->output) == 0;
    if (is_sent) end_stream(client);
    client->is_unsettled = false;
    if (client->is_lost || (is_sent && client->is_read_closed)) close_client(client);
}

/* Ends: who is told of one that leaves may have to leave too, but nobody leaves twice. */
void settle(struct chat* chat) {
    while (chat->unsettled != NULL) {
        struct client* client = chat->unsettled;
        chat->unsettled = client->next_unsettled;
        settle_client(client);
    }
}

/* Listening ------------------------------------------------------------------------------------ */

/* Says how many bytes it has taken. */
static size_t take_lines(struct client* client, struct piece piece) {
    const char* begin = piece.data;
    while (client->is_present && !is_congested(client) && piece.size > 0) {
        const enum line_result result = take_line(&client->input, &piece);
        if (result == kLineWhole) obey(client, client->input.line);
        if (result != kLineTooLong) continue;
        ++client->chat->statistics.too_long;
        say(client, "* a line has at most %zu bytes; this one was left out",
            client->chat->most_line);
    }
    return (size_t)(piece.data - begin);
}

/* A half-close: the peer says no more, but still reads its goodbye. */
static void end_input(struct client* client) {
    client->is_read_closed = true;
    mark_unsettled(client);
    if (!client->is_present) return;
    if (take_last_line(&client->input) == kLineWhole) obey(client, client->input.line);
    if (!client->is_present) return; /* that was /quit */
    say(client, "* goodbye");
    ++client->chat->statistics.left;
    leave(client, "left");
}

/* A look first: what is not taken, because the answers pile up, stays in the kernel, and so nothing
 * has to be kept here. */
static void receive_some(struct client* client) {
    struct chat* chat = client->chat;
    const int fd = client->fd;
    ssize_t got = recv(fd, chat->received, kReceiveSize, client->is_present ? MSG_PEEK : 0);
    if (got == 0) {
        end_input(client);
        return;
    }
    if (got > 0 && client->is_present) {
        if (chat->idle_ns > 0) plx_timer_set(chat->loop, client->timer, chat->idle_ns, 0);
        const size_t taken = take_lines(client, (struct piece){chat->received, (size_t)got});
        got = recv(fd, chat->received, taken, 0);
    }
    if (got > 0) chat->statistics.received += (uint64_t)got;
    if (got >= 0 || means_not_now(errno)) return;
    client->is_lost = true;
    mark_unsettled(client);
}

/* PLX_HANGUP, PLX_ERROR and PLX_READ_CLOSED are hints: the read or the write says what happened. */
static void on_io(plx_loop* loop, plx_handle handle, uint32_t events, void* user) {
    (void)loop;
    (void)handle;
    struct client* client = user;
    const uint32_t hints = PLX_HANGUP | PLX_ERROR | PLX_READ_CLOSED;
    const uint32_t asked = client->interest;
    if ((asked & PLX_WRITABLE) != 0 && (events & (PLX_WRITABLE | hints)) != 0) {
        mark_unsettled(client);
    }
    if ((asked & PLX_READABLE) != 0 && (events & (PLX_READABLE | hints)) != 0) {
        receive_some(client);
    }
    settle(client->chat);
}

static void on_timer(plx_loop* loop, plx_handle handle, void* user) {
    (void)loop;
    (void)handle;
    struct client* client = user;
    struct chat* chat = client->chat;
    if (client->is_present) {
        say(client, "* nothing from you for %lld s: goodbye",
            (long long)(chat->idle_ns / NANOSECONDS_PER_SECOND));
        ++chat->statistics.timed_out;
        leave(client, "idle");
    } else {
        close_client(client);
    }
    settle(chat);
}

/* Opening -------------------------------------------------------------------------------------- */

static int start_handles(struct client* client) {
    struct chat* chat = client->chat;
    int rc = plx_io_start(chat->loop, &client->io, client->fd, client->interest, on_io, client);
    if (rc < 0) return rc;
    rc = plx_timer_start(chat->loop, &client->timer, chat->idle_ns, 0, on_timer, client);
    if (rc < 0) plx_close(chat->loop, client->io);
    if (rc == 0 && chat->idle_ns == 0) plx_timer_set(chat->loop, client->timer, -1, 0);
    return rc;
}

int open_client(struct chat* chat, int fd, struct client** out) {
    struct client* client = calloc(1, sizeof *client);
    if (client == NULL) return -ENOMEM;
    client->chat = chat;
    client->fd = fd;
    client->interest = PLX_READABLE;
    int rc = line_reader_open(&client->input, chat->most_line) ? 0 : -ENOMEM;
    if (rc == 0) rc = start_handles(client);
    if (rc < 0) {
        line_reader_close(&client->input);
        free(client);
        return rc;
    }
    client->next = chat->clients;
    if (client->next != NULL) client->next->previous = client;
    chat->clients = client;
    *out = client;
    return 0;
}
