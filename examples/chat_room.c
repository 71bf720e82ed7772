/* SPDX-License-Identifier: MIT */
#include "chat.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { kMostListed = 50 }; /* of the names that /who gives */

/* Names ---------------------------------------------------------------------------------------- */

static const struct client* client_named(const struct chat* chat, const char* name) {
    for (const struct client* client = chat->clients; client != NULL; client = client->next) {
        if (client->is_present && strcasecmp(client->name, name) == 0) return client;
    }
    return NULL;
}

static bool is_name(const char* name) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const size_t size = strlen(name);
    return size > 0 && size <= kMostName && strspn(name, letters) == size;
}

static void rename_client(struct client* client, const char* name) {
    const struct client* owner = client_named(client->chat, name);
    if (!is_name(name)) {
        say(client, "* a name has 1 to %d letters, digits, - and _; usage: /nick NAME", kMostName);
    } else if (owner != NULL && owner != client) {
        say(client, "* the name %s is taken", owner->name);
    } else if (strcmp(client->name, name) == 0) {
        say(client, "* you are %s already", name);
    } else {
        say_to_others(client, "* %s is %s now", client->name, name);
        strcpy(client->name, name);
        say(client, "* you are %s now", name);
    }
}

static void name_guest(struct client* client) {
    char name[kMostName + 1];
    do {
        snprintf(name, sizeof name, "guest%llu", (unsigned long long)++client->chat->guests);
    } while (client_named(client->chat, name) != NULL);
    strcpy(client->name, name);
}

/* Coming and going ----------------------------------------------------------------------------- */

void join(struct client* client) {
    struct chat* chat = client->chat;
    name_guest(client);
    client->is_present = true;
    if (++chat->present > chat->statistics.peak_clients) {
        chat->statistics.peak_clients = chat->present;
    }
    say(client, "* welcome %s; %llu here; commands: /nick NAME, /who, /quit", client->name,
        (unsigned long long)chat->present);
    say_to_others(client, "* %s has joined", client->name);
}

void leave(struct client* client, const char* why) {
    dismiss(client);
    say_to_others(client, "* %s has left (%s)", client->name, why);
}

/* Lines ---------------------------------------------------------------------------------------- */

static void list_names(struct client* client) {
    const struct chat* chat = client->chat;
    char names[kNoticeSize - 128] = "";
    uint64_t listed = 0;
    size_t size = 0;
    for (const struct client* other = chat->clients; other != NULL; other = other->next) {
        if (!other->is_present) continue;
        if (listed++ == kMostListed) break;
        size += (size_t)snprintf(names + size, sizeof names - size, " %s", other->name);
    }
    const char* more = listed > kMostListed ? " ..." : "";
    say(client, "* %llu here:%s%s", (unsigned long long)chat->present, names, more);
}

/* No space at the end; and what a terminal would take for a command is shown as a question mark.
 * Bytes from 0x80 are left alone: UTF-8. */
static void make_printable(char* line, size_t size) {
    while (size > 0 && line[size - 1] == ' ')
        line[--size] = '\0';
    for (size_t i = 0; i < size; ++i) {
        const unsigned char byte = (unsigned char)line[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7f) line[i] = '?';
    }
}

static const char* argument_of(const char* line, const char* command) {
    const size_t size = strlen(command);
    if (strncmp(line, command, size) != 0) return NULL;
    if (line[size] != '\0' && line[size] != ' ') return NULL;
    return line + size + strspn(line + size, " ");
}

void obey(struct client* client, char* line) {
    make_printable(line, client->input.size);
    const char* name = argument_of(line, "/nick");
    if (*line == '\0') return;
    if (*line != '/') {
        ++client->chat->statistics.lines;
        say_to_others(client, "%s: %s", client->name, line);
    } else if (name != NULL) {
        rename_client(client, name);
    } else if (argument_of(line, "/who") != NULL) {
        list_names(client);
    } else if (argument_of(line, "/quit") != NULL) {
        say(client, "* goodbye");
        ++client->chat->statistics.left;
        leave(client, "quit");
    } else {
        say(client, "* no command '%.40s'; there are /nick NAME, /who, /quit", line);
    }
}
