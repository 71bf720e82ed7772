/* SPDX-License-Identifier: MIT */
/* Clients of the chat server, good and bad: plain blocking sockets, one story for each command.
 * Exits with 0 if the server did what it should. Each line is compared whole and in its order. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    kMostLine = 4096,
    kQuietMs = 300, /* nothing is said for so long: nothing will be */
    kMostPeers = 64,
    kRounds = 20,
    kMostLines = 200000,       /* more than what the kernel's buffers can hold */
    kMostUnread = 64 << 20,    /* bytes; that too */
    kGiveUpAfterSeconds = 120, /* only a server that hangs gets there */
};

struct peer {
    int fd;
    char bytes[kMostLine];
    size_t size;
    char line[kMostLine];
};

static int server_port;

__attribute__((format(printf, 1, 2))) _Noreturn static void fail(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("chat_peer: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

/* Talking -------------------------------------------------------------------------------------- */

static void send_bytes(const struct peer* peer, const char* bytes, size_t size) {
    while (size > 0) {
        const ssize_t sent = send(peer->fd, bytes, size, 0);
        if (sent < 0) fail("cannot send: %s", strerror(errno));
        bytes += sent;
        size -= (size_t)sent;
    }
}

static void say(const struct peer* peer, const char* text) {
    send_bytes(peer, text, strlen(text));
}

/* False at the end of the stream; a reset is one too. */
static bool receive_more(struct peer* peer) {
    if (peer->size == sizeof peer->bytes) fail("a line is too long");
    const ssize_t got =
        recv(peer->fd, peer->bytes + peer->size, sizeof peer->bytes - peer->size, 0);
    if (got < 0 && errno != ECONNRESET) fail("cannot receive: %s", strerror(errno));
    if (got > 0) peer->size += (size_t)got;
    return got > 0;
}

/* The next line, NULL at the end. */
static const char* next_line(struct peer* peer) {
    char* end;
    while ((end = memchr(peer->bytes, '\n', peer->size)) == NULL) {
        if (!receive_more(peer)) return NULL;
    }
    const size_t size = (size_t)(end - peer->bytes);
    memcpy(peer->line, peer->bytes, size);
    peer->line[size] = '\0';
    peer->size -= size + 1;
    memmove(peer->bytes, end + 1, peer->size);
    return peer->line;
}

__attribute__((format(printf, 2, 3))) static void expect(struct peer* peer, const char* format,
                                                         ...) {
    char wanted[kMostLine];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(wanted, sizeof wanted, format, arguments);
    va_end(arguments);
    const char* line = next_line(peer);
    if (line == NULL) fail("the connection has ended instead of '%s'", wanted);
    if (strcmp(line, wanted) != 0) fail("there came '%s' instead of '%s'", line, wanted);
}

static void expect_end(struct peer* peer) {
    const char* line = next_line(peer);
    if (line != NULL) fail("there came '%s' instead of the end", line);
    if (peer->size != 0) fail("the last line has no end");
    close(peer->fd);
}

static void expect_nothing(const struct peer* peer) {
    struct pollfd entry = {peer->fd, POLLIN, 0};
    if (peer->size != 0 || poll(&entry, 1, kQuietMs) != 0) fail("something came");
}

/* With little room in the kernel: what is not read soon shall be the server's trouble. */
static void connect_peer(struct peer* peer) {
    const int room = 16384;
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)server_port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->size = 0;
    peer->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (peer->fd < 0) fail("no socket: %s", strerror(errno));
    setsockopt(peer->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(peer->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    if (connect(peer->fd, (struct sockaddr*)&address, sizeof address) != 0) {
        fail("cannot connect: %s", strerror(errno));
    }
}

/* The first to come is guest1: each story has a server of its own. */
static void enter(struct peer* peer, int guest, int here) {
    connect_peer(peer);
    expect(peer, "* welcome guest%d; %d here; commands: /nick NAME, /who, /quit", guest, here);
}

static void enter_as(struct peer* peer, const char* name, int guest, int here) {
    char command[64];
    enter(peer, guest, here);
    snprintf(command, sizeof command, "/nick %s\n", name);
    say(peer, command);
    expect(peer, "* you are %s now", name);
}

static void enter_both(struct peer* ada, struct peer* bob) {
    enter_as(ada, "ada", 1, 1);
    enter_as(bob, "bob", 2, 2);
    expect(ada, "* guest2 has joined");
    expect(ada, "* guest2 is bob now");
}

/* Stories -------------------------------------------------------------------------------------- */

static struct peer ada, bob, eve;

static void talk(void) {
    enter_both(&ada, &bob);
    enter(&eve, 3, 3);
    expect(&ada, "* guest3 has joined");
    expect(&bob, "* guest3 has joined");
    say(&ada, "hello\r\nit is \xc3\xa4rgerlich\x1b[2J\n\n   \n");
    for (int i = 0; i < 2; ++i) {
        expect(i == 0 ? &bob : &eve, "ada: hello");
        expect(i == 0 ? &bob : &eve, "ada: it is \xc3\xa4rgerlich?[2J");
    }
    say(&bob, "/who\n");
    expect(&bob, "* 3 here: guest3 bob ada");
    say(&bob, "/dance\n");
    expect(&bob, "* no command '/dance'; there are /nick NAME, /who, /quit");
    say(&eve, "/quit\nthis is heard by nobody\n");
    expect(&eve, "* goodbye");
    expect_end(&eve);
    expect(&ada, "* guest3 has left (quit)");
    expect(&bob, "* guest3 has left (quit)");
    expect_nothing(&ada);
    expect_nothing(&bob);
}

static void collide(void) {
    enter_both(&ada, &bob);
    say(&bob, "/nick ada\n/nick ADA\n/nick\n/nick a b\n/nick 123456789012345678901\n");
    expect(&bob, "* the name ada is taken");
    expect(&bob, "* the name ada is taken");
    for (int i = 0; i < 3; ++i)
        expect(&bob, "* a name has 1 to 20 letters, digits, - and _; usage: /nick NAME");
    say(&bob, "/nick bob\n/nick Bob\n/nick guest3\n");
    expect(&bob, "* you are bob already");
    expect(&bob, "* you are Bob now");
    expect(&bob, "* you are guest3 now");
    expect(&ada, "* bob is Bob now");
    expect(&ada, "* Bob is guest3 now");
    enter(&eve, 4, 3); /* not guest3 */
    say(&eve, "/nick bob\n");
    expect(&eve, "* you are bob now"); /* free again */
}

/* The server has --max-line 100. In pieces, and with a carriage return that does not count. */
static void say_too_much(void) {
    char line[203];
    enter_both(&ada, &bob);
    memset(line, 'x', sizeof line);
    memcpy(line + 100, "\r\n", 2);
    for (size_t i = 0; i < 102; ++i)
        send_bytes(&ada, line + i, 1);
    expect(&bob, "ada: %.100s", line);
    memset(line, 'y', sizeof line);
    line[101] = '\n';
    send_bytes(&ada, line, 102);
    expect(&ada, "* a line has at most 100 bytes; this one was left out");
    for (int i = 0; i < 100; ++i)
        send_bytes(&ada, line, 100);
    say(&ada, "\nand on\n");
    expect(&ada, "* a line has at most 100 bytes; this one was left out");
    expect(&bob, "ada: and on");
}

static void half_close(void) {
    enter_both(&ada, &bob);
    say(&ada, "last\nunfinished");
    shutdown(ada.fd, SHUT_WR);
    expect(&ada, "* goodbye");
    expect_end(&ada);
    expect(&bob, "ada: last");
    expect(&bob, "ada: unfinished");
    expect(&bob, "* ada has left (left)");
}

static void reset_many(void) {
    const struct linger at_once = {1, 0};
    enter_as(&bob, "bob", 1, 1);
    for (int i = 0; i < kRounds; ++i) {
        enter(&ada, i + 2, 2);
        say(&ada, "hello\n");
        expect(&bob, "* guest%d has joined", i + 2);
        expect(&bob, "guest%d: hello", i + 2);
        setsockopt(ada.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(ada.fd);
        expect(&bob, "* guest%d has left (connection lost)", i + 2);
    }
    say(&bob, "/who\n");
    expect(&bob, "* 1 here: bob");
}

/* What one says, the other has heard before the next is said: the one that does not read is the
 * only one whose buffer fills. Returns how many lines that took. */
static int talk_until_dropped(const char* name) {
    char line[900], dropped[64];
    snprintf(dropped, sizeof dropped, "* %s has left (did not read)", name);
    for (int i = 0; i < kMostLines; ++i) {
        memset(line, 'x', sizeof line);
        line[(size_t)snprintf(line, sizeof line, "%d", i)] = ' ';
        line[sizeof line - 1] = '\n';
        send_bytes(&ada, line, sizeof line);
        const char* heard = next_line(&bob);
        if (heard == NULL) fail("who reads was dropped too");
        if (strcmp(heard, dropped) == 0) return i;
        if (strncmp(heard, "ada: ", 5) != 0 || atoi(heard + 5) != i) fail("a line is missing");
    }
    fail("the server keeps more and more, though nobody reads");
}

/* Without a goodbye at least the lines that came are whole and in order. */
static void expect_first_lines(struct peer* peer, int most) {
    const char* line;
    int count = 0;
    while ((line = next_line(peer)) != NULL) {
        if (strcmp(line, "* you do not read what you are sent: goodbye") == 0) continue;
        if (strncmp(line, "ada: ", 5) != 0) fail("there came '%s'", line);
        if (strlen(line) != 904 || atoi(line + 5) != count++) fail("line %d is wrong", count);
    }
    if (count == 0 || count > most) fail("%d lines came of %d", count, most);
    close(peer->fd);
}

static void read_nothing(void) {
    enter_both(&ada, &bob);
    enter_as(&eve, "eve", 3, 3);
    for (int i = 0; i < 2; ++i) {
        expect(i == 0 ? &ada : &bob, "* guest3 has joined");
        expect(i == 0 ? &ada : &bob, "* guest3 is eve now");
    }
    const int lines = talk_until_dropped("eve");
    expect_first_lines(&eve, lines);
    expect(&ada, "* eve has left (did not read)");
    say(&ada, "/who\n");
    expect(&ada, "* 2 here: bob ada");
}

/* Sends without reading until nothing more is taken; says how many bytes that was. */
static size_t ask_until_full(const struct peer* peer, const char* question) {
    const size_t size = strlen(question);
    struct pollfd entry = {peer->fd, POLLOUT, 0};
    size_t sent = 0;
    fcntl(peer->fd, F_SETFL, O_NONBLOCK);
    while (poll(&entry, 1, 5 * kQuietMs) > 0) {
        const size_t at = sent % size;
        const ssize_t taken = send(peer->fd, question + at, size - at, 0);
        if (taken < 0 && errno != EAGAIN) fail("cannot send: %s", strerror(errno));
        if (taken > 0) sent += (size_t)taken;
        if (sent > kMostUnread) fail("it listens for ever");
    }
    fcntl(peer->fd, F_SETFL, 0);
    return sent;
}

/* Asks and does not listen: the server stops listening too, and answers all once it is heard. */
static void ask_only(void) {
    enter_as(&ada, "ada", 1, 1);
    const size_t asked = ask_until_full(&ada, "/x\n/x\n/x\n/x\n/x\n/x\n/x\n/x\n") / 3;
    for (size_t i = 0; i < asked; ++i)
        expect(&ada, "* no command '/x'; there are /nick NAME, /who, /quit");
    expect_nothing(&ada);
}

/* The server has --idle 1. Who speaks stays, who is silent goes. */
static void be_silent(void) {
    enter_both(&ada, &bob);
    for (int i = 0; i < 30; ++i) {
        say(&ada, "/who\n");
        const char* line = next_line(&ada);
        if (line == NULL) fail("who speaks has to go too");
        if (strcmp(line, "* bob has left (idle)") == 0) {
            expect(&bob, "* nothing from you for 1 s: goodbye");
            expect_end(&bob);
            return;
        }
        poll(NULL, 0, 200);
    }
    fail("who is silent may stay");
}

/* The server has --max-clients 2. */
static void be_too_many(void) {
    enter_both(&ada, &bob);
    connect_peer(&eve);
    say(&eve, "/nick eve\n");
    expect(&eve, "* the chat is full, 2 are here; come back later");
    expect_end(&eve);
    say(&bob, "/quit\n");
    expect(&bob, "* goodbye");
    expect_end(&bob);
    enter(&bob, 3, 2);
}

/* The server has fewer descriptors than that: who has to wait comes in when others leave. */
static void crowd(void) {
    static struct peer peers[kMostPeers];
    for (int i = 0; i < kMostPeers; ++i)
        connect_peer(&peers[i]);
    poll(NULL, 0, 5 * kQuietMs);
    for (int i = 0; i < kMostPeers; ++i) {
        const char* line = next_line(&peers[i]);
        if (line == NULL || strncmp(line, "* welcome ", 10) != 0) fail("peer %d is not let in", i);
        close(peers[i].fd);
    }
}

/* Says on standard output when it may be ended. One neither reads nor closes, and is not waited
 * for. */
static void be_there_at_the_end(void) {
    enter_both(&ada, &bob);
    enter(&eve, 3, 3);
    expect(&ada, "* guest3 has joined");
    puts("ready");
    fflush(stdout);
    expect(&ada, "* the server ends: goodbye");
    expect_end(&ada);
    poll(NULL, 0, 6 * kQuietMs);
    expect(&eve, "* the server ends: goodbye");
    expect_end(&eve);
}

struct story {
    const char* name;
    void (*run)(void);
};

static const struct story stories[] = {
    {"talk", talk},
    {"collide", collide},
    {"too-much", say_too_much},
    {"half-close", half_close},
    {"reset", reset_many},
    {"read-nothing", read_nothing},
    {"ask-only", ask_only},
    {"silent", be_silent},
    {"too-many", be_too_many},
    {"crowd", crowd},
    {"end", be_there_at_the_end},
};

int main(int argc, char** argv) {
    if (argc != 3) fail("usage: chat_peer story port");
    server_port = atoi(argv[2]);
    signal(SIGPIPE, SIG_IGN);
    alarm(kGiveUpAfterSeconds);
    for (size_t i = 0; i < sizeof stories / sizeof *stories; ++i) {
        if (strcmp(argv[1], stories[i].name) != 0) continue;
        stories[i].run();
        return 0;
    }
    fail("there is no such story");
}
