/*
 * Load on a server of this machine: receivers of one conversation, and one or many who send into it. One thread, epoll,
 * plain TCP or TLS; the protocols are behind one table. In C, because a generator in TypeScript would need more of the
 * machine than the servers that it measures.
 *
 * Each message carries a marker with the time it was made, and receivers look for nothing else: no parser of a protocol is
 * in what is measured. Everything is bounded: connections, messages on the way, seconds.
 *
 *   cc -O2 -o loadgen loadgen.c -lssl -lcrypto
 *   loadgen PROTOCOL PORT TLS(0|1) RECEIVERS SENDERS RATE WINDOW SECONDS SIZE PID [CROWD]
 *
 * SENDERS 0: nobody sends, connections stay idle for SECONDS. RATE messages a second, or 0: WINDOW messages on the way, always.
 * SIZE: bytes of a message's text. CROWD: for `heliograph`, who signs in (written by crowd.ts), in one conversation or in
 * many of the same size, each of which hears its own. Prints `begin` and `end` of each stretch that is measured and, as its last
 * line, one JSON object.
 *
 * PROTOCOL `heliograph-broadcast`: to everyone, signed. An account may say a few in a row and then must wait, so those who
 * are connected say all that they may, leave, and others of the crowd come: SENDERS is RECEIVERS, RATE and SECONDS are 0.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
  MAX_CONNECTIONS = 24000,
  READ_BYTES = 256 * 1024,
  /* The longest header of a packet and a marker: what may have to wait for the rest of it. */
  CARRY_BYTES = 2048,
  MARKER_BYTES = 18,
  /* A connection whose server does not read is stuck, and the run with it. */
  OUT_BYTES = 4 * 1024 * 1024,
  /* Newcomers at once: servers limit those who have not signed in. */
  HANDSHAKES = 16,
  /* Crowds that come and go: to warm up, and measured. */
  WARM_UP_WAVES = 2,
  WAVES = 10,
};
static const uint64_t HANDSHAKE_LIMIT_NS = 180ull * 1000000000;
static const uint64_t DRAIN_LIMIT_NS = 5ull * 1000000000;
static const uint64_t WAVE_LIMIT_NS = 30ull * 1000000000;
/* Until everyone was told who has come. */
static const uint64_t SETTLE_NS = 500000000;

/* One of the crowd: what a device signs in with. */
typedef struct {
  char account[64];
  char device_hex[33];
  uint8_t device[16];
  uint8_t certificate_hash[32];
  char conversation[65];
  int epoch;
  EVP_PKEY *key;
} Device;

typedef struct {
  int fd;
  SSL *ssl;
  int index;
  /* A protocol's own count of what was said in the handshake. */
  int step;
  bool is_ready;
  bool wants_write;
  uint8_t *out;
  size_t out_from, out_to;
  uint8_t carry[CARRY_BYTES];
  size_t carried;
  uint8_t *said;
  size_t said_bytes;
  uint8_t client_nonce[32];
  uint32_t unacknowledged;
} Connection;

typedef struct {
  const char *name;
  /* The first words of a connection. */
  void (*begin)(Connection *);
  /* Reads `said`, answers, and sets `is_ready` when the connection may send and receive. */
  void (*go_on)(Connection *);
  /* Writes one message. Returns its length. */
  size_t (*message)(Connection *, uint8_t *to);
  /* After a message that is sent alone, and after the last one. Or none. */
  void (*finish)(Connection *);
  /* After `count` messages were received, the last one's marker at `marker` in `buffer`. Or none. */
  void (*received)(Connection *, uint32_t count, const uint8_t *buffer, const uint8_t *marker);
  /* What the server asks of who is silent, and the answer. Or none. */
  const char *ping, *pong;
  /* Whether a sender gets its own messages too. */
  bool echoes;
  /* Whether the server says a line before TLS begins. */
  bool greets_plain;
  /* Messages that each may send in a row; 0: as many as go. */
  uint32_t allowance;
} Protocol;

static struct {
  int port, receivers, senders, seconds, pid;
  bool tls;
  double rate;
  uint32_t window, size;
} run;
static const Protocol *protocol;
static Connection *connections;
static int epoll, connection_count;
static SSL_CTX *tls_context;
static uint64_t delivered, sent;
static bool is_measuring;

/* ---- time, failure, histogram ---- */

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(1);
}

/* 32 steps for each doubling from 1 µs: a percentile is at most 3 % off. */
enum { STEPS = 32, DOUBLINGS = 24 };
static uint64_t histogram[STEPS * DOUBLINGS];

static void record(uint64_t ns) {
  uint64_t us = ns / 1000 + STEPS;
  int doubling = 63 - __builtin_clzll(us) - 5;
  int at = doubling * STEPS + (int)((us >> doubling) - STEPS);
  histogram[at < STEPS * DOUBLINGS ? at : STEPS * DOUBLINGS - 1]++;
}

static double percentile_ms(double part) {
  uint64_t all = 0, below = 0;
  for (int i = 0; i < STEPS * DOUBLINGS; i++) all += histogram[i];
  for (int i = 0; i < STEPS * DOUBLINGS; i++) {
    below += histogram[i];
    if (below > 0 && below >= (uint64_t)((double)all * part)) {
      uint64_t us = ((uint64_t)(STEPS + i % STEPS + 1) << (i / STEPS)) - STEPS;
      return (double)us / 1000;
    }
  }
  return 0;
}

/* ---- connections ---- */

static void watch(Connection *c, int operation) {
  struct epoll_event event = {
    .events = EPOLLIN | (c->wants_write ? EPOLLOUT : 0),
    .data.ptr = c,
  };
  if (epoll_ctl(epoll, operation, c->fd, &event) != 0) fail("epoll: %s", strerror(errno));
}

static void flush(Connection *c) {
  while (c->out_from < c->out_to) {
    const uint8_t *from = c->out + c->out_from;
    size_t left = c->out_to - c->out_from;
    ssize_t count;
    if (c->ssl != NULL) {
      count = SSL_write(c->ssl, from, (int)left);
      if (count <= 0) {
        int error = SSL_get_error(c->ssl, (int)count);
        if (error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ) break;
        fail("connection %d: cannot write", c->index);
      }
    } else {
      count = send(c->fd, from, left, MSG_NOSIGNAL);
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
      if (count < 0) fail("connection %d: cannot write: %s", c->index, strerror(errno));
    }
    c->out_from += (size_t)count;
  }
  if (c->out_from == c->out_to) c->out_from = c->out_to = 0;
  bool wants_write = c->out_to > 0;
  if (wants_write != c->wants_write) {
    c->wants_write = wants_write;
    watch(c, EPOLL_CTL_MOD);
  }
}

static void put(Connection *c, const void *bytes, size_t count) {
  if (c->out == NULL) c->out = malloc(OUT_BYTES);
  if (c->out_to + count > OUT_BYTES) {
    memmove(c->out, c->out + c->out_from, c->out_to - c->out_from);
    c->out_to -= c->out_from;
    c->out_from = 0;
  }
  if (c->out_to + count > OUT_BYTES) fail("connection %d: the server does not read", c->index);
  memcpy(c->out + c->out_to, bytes, count);
  c->out_to += count;
}

__attribute__((format(printf, 2, 3))) static void say(Connection *c, const char *format, ...) {
  char text[4096];
  va_list arguments;
  va_start(arguments, format);
  int count = vsnprintf(text, sizeof text, format, arguments);
  put(c, text, (size_t)count);
  flush(c);
}

/* Bytes read, 0 when there are none now. */
static size_t take(Connection *c, uint8_t *to, size_t most) {
  ssize_t count;
  if (c->ssl != NULL) {
    count = SSL_read(c->ssl, to, (int)most);
    if (count <= 0) {
      int error = SSL_get_error(c->ssl, (int)count);
      if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return 0;
      fail("connection %d: the server ended it", c->index);
    }
  } else {
    count = recv(c->fd, to, most, 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
    if (count <= 0) fail("connection %d: the server ended it", c->index);
  }
  return (size_t)count;
}

static void dial(Connection *c, int index) {
  c->index = index;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)run.port)};
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(c->fd, (struct sockaddr *)&server, sizeof server) != 0) {
    fail("cannot connect: %s", strerror(errno));
  }
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (run.tls) {
    char byte = 0;
    while (protocol->greets_plain && byte != '\n') {
      if (recv(c->fd, &byte, 1, 0) != 1) fail("the server says nothing");
    }
    c->ssl = SSL_new(tls_context);
    SSL_set_fd(c->ssl, c->fd);
    if (SSL_connect(c->ssl) != 1) fail("TLS handshake failed");
  }
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  watch(c, EPOLL_CTL_ADD);
}

/* What was said in the handshake, NUL at the end. */
static void hear(Connection *c) {
  enum { MOST = 1024 * 1024 };
  if (c->said == NULL) c->said = malloc(MOST + 1);
  size_t count;
  while ((count = take(c, c->said + c->said_bytes, MOST - c->said_bytes)) > 0) {
    c->said_bytes += count;
    if (c->said_bytes == MOST) fail("connection %d: too much in the handshake", c->index);
  }
  c->said[c->said_bytes] = 0;
}

static const uint8_t *find_said(const Connection *c, const char *words) {
  return memmem(c->said, c->said_bytes, words, strlen(words));
}

static void forget_said(Connection *c) { c->said_bytes = 0; }

/* The marker: "~T" and the time in 16 hex digits; then `x` up to the text's size. */
static size_t put_text(uint8_t *to) {
  char marker[MARKER_BYTES + 1];
  snprintf(marker, sizeof marker, "~T%016llx", (unsigned long long)now_ns());
  memset(to, 'x', run.size);
  memcpy(to, marker, MARKER_BYTES);
  return run.size;
}

/* ---- IRC (RFC 2812) ---- */

static void irc_begin(Connection *c) { say(c, "NICK u%d\r\nUSER u 0 * :u\r\n", c->index); }

static void irc_go_on(Connection *c) {
  if (find_said(c, "ERROR")) fail("irc: %s", c->said);
  const uint8_t *ping = find_said(c, "PING :");
  if (ping != NULL && c->step == 0) {
    say(c, "PONG :%.*s\r\n", (int)strcspn((const char *)ping + 6, "\r\n"), ping + 6);
    forget_said(c);
    c->step = 1;
    return;
  }
  if (c->step < 2 && find_said(c, " 001 ")) {
    c->step = 2;
    say(c, "JOIN #b\r\n");
  }
  if (find_said(c, " 366 ")) c->is_ready = true;
}

static size_t irc_message(Connection *c, uint8_t *to) {
  (void)c;
  memcpy(to, "PRIVMSG #b :", 12);
  size_t count = 12 + put_text(to + 12);
  memcpy(to + count, "\r\n", 2);
  return count + 2;
}

/* ---- MQTT 3.1.1, QoS 0 ---- */

static void mqtt_begin(Connection *c) {
  char id[16];
  int length = snprintf(id, sizeof id, "c%d", c->index);
  uint8_t head[14] = {0x10, (uint8_t)(12 + length), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 1, 0x2c, 0,
                      (uint8_t)length};
  put(c, head, sizeof head);
  put(c, id, (size_t)length);
  flush(c);
}

static void mqtt_go_on(Connection *c) {
  if (c->step == 0 && c->said_bytes >= 4) {
    c->step = 1;
    forget_said(c);
    if (c->index >= run.receivers) {
      c->is_ready = true;
      return;
    }
    const uint8_t subscribe[] = {0x82, 6, 0, 1, 0, 1, 'b', 0};
    put(c, subscribe, sizeof subscribe);
    flush(c);
  } else if (c->step == 1 && c->said_bytes >= 5) {
    c->is_ready = true;
  }
}

static size_t mqtt_message(Connection *c, uint8_t *to) {
  (void)c;
  size_t at = 0, rest = 3 + run.size;
  to[at++] = 0x30;
  do {
    uint8_t digit = rest % 128;
    rest /= 128;
    to[at++] = rest > 0 ? digit | 128 : digit;
  } while (rest > 0);
  memcpy(to + at, "\0\1b", 3);
  return at + 3 + put_text(to + at + 3);
}

/* ---- NATS ---- */

static void nats_begin(Connection *c) {
  say(c, "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false}\r\n%sPING\r\n",
      c->index < run.receivers ? "SUB b 1\r\n" : "");
}

static void nats_go_on(Connection *c) { c->is_ready = find_said(c, "PONG") != NULL; }

static size_t nats_message(Connection *c, uint8_t *to) {
  (void)c;
  size_t at = (size_t)sprintf((char *)to, "PUB b %u\r\n", run.size);
  at += put_text(to + at);
  memcpy(to + at, "\r\n", 2);
  return at + 2;
}

#include "durable.h"

/* ---- Heliograph (docs/protocol.md) ---- */

static struct {
  uint8_t server_id[32], authority[32];
  /* Devices of each conversation, where there are many; 0: all are in one. */
  int circle;
  /* Received messages after which a device acknowledges; our server lets 1,000 be on the way. */
  uint32_t acknowledge_every;
  Device devices[MAX_CONNECTIONS];
  int count;
  /* Outbox numbers go up for ever: they begin at the time. */
  uint64_t number;
} crowd;

static size_t read_hex(const char *hex, uint8_t *to, size_t count) {
  for (size_t i = 0; i < count; i++) {
    unsigned byte;
    if (sscanf(hex + 2 * i, "%2x", &byte) != 1) fail("crowd: bad hex");
    to[i] = (uint8_t)byte;
  }
  return count;
}

static void read_crowd(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) fail("cannot read %s", path);
  char server_id[65], authority[65];
  if (fscanf(file, "%64s %64s %d %u", server_id, authority, &crowd.circle,
             &crowd.acknowledge_every) != 4) {
    fail("crowd: bad first line");
  }
  read_hex(server_id, crowd.server_id, 32);
  read_hex(authority, crowd.authority, 32);
  char hash[65], seed[65];
  while (crowd.count < MAX_CONNECTIONS) {
    Device *device = &crowd.devices[crowd.count];
    if (fscanf(file, "%63s %32s %64s %64s %64s %d", device->account, device->device_hex, hash, seed,
               device->conversation, &device->epoch) != 6) {
      break;
    }
    uint8_t bytes[32];
    read_hex(hash, device->certificate_hash, 32);
    read_hex(seed, bytes, 32);
    read_hex(device->device_hex, device->device, 16);
    device->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, 32);
    if (device->key == NULL) fail("crowd: bad seed");
    crowd.count++;
  }
  fclose(file);
  crowd.number = now_ns() / 1000 + (uint64_t)time(NULL) * 1000000;
}

/* More connections than devices: some devices are there several times. */
static const Device *device_of(const Connection *c) { return &crowd.devices[c->index % crowd.count]; }

static size_t packet(uint8_t *to, const char *header, size_t payload_bytes) {
  size_t header_bytes = strlen(header);
  uint32_t length = htonl((uint32_t)(2 + header_bytes + payload_bytes));
  memcpy(to, &length, 4);
  to[4] = (uint8_t)(header_bytes >> 8);
  to[5] = (uint8_t)header_bytes;
  memcpy(to + 6, header, header_bytes);
  return 6 + header_bytes;
}

__attribute__((format(printf, 2, 3))) static void ask(Connection *c, const char *format, ...) {
  char header[2048];
  uint8_t bytes[2100];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(header, sizeof header, format, arguments);
  put(c, bytes, packet(bytes, header, 0));
  flush(c);
}

static void heliograph_begin(Connection *c) {
  if (crowd.count == 0) fail("the crowd is empty");
  char nonce[64];
  RAND_bytes(c->client_nonce, 32);
  EVP_EncodeBlock((uint8_t *)nonce, c->client_nonce, 32);
  ask(c,
      "{\"kind\":\"hello\",\"request\":1,\"versions\":{\"min\":1,\"max\":1},\"program\":\"loadgen\","
      "\"nonce\":\"%s\"}",
      nonce);
}

static uint8_t *put_field(uint8_t *to, const void *bytes, size_t count) {
  *to++ = (uint8_t)(count >> 8);
  *to++ = (uint8_t)count;
  memcpy(to, bytes, count);
  return to + count;
}

/* What every statement begins with (lib/crypto/statements/statement.ts); `context` is signed, but not sent. */
static uint8_t *put_statement_head(uint8_t *to, const char *context) {
  size_t count = strlen(context) + 1;
  memcpy(to, context, count);
  to += count;
  *to++ = 0;
  *to++ = 1;
  memcpy(to, crowd.server_id, 32);
  return to + 32;
}

static void sign(const Device *device, const uint8_t *statement, const uint8_t *end, uint8_t *to) {
  size_t length = 64;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (EVP_DigestSignInit(context, NULL, NULL, NULL, device->key) != 1 ||
      EVP_DigestSign(context, to, &length, statement, (size_t)(end - statement)) != 1) {
    fail("cannot sign");
  }
  EVP_MD_CTX_free(context);
}

/* The signature in base64 of a device that signs in (lib/crypto/statements/sign_in.ts). */
static void sign_in(const Connection *c, const Device *device, const uint8_t *server_nonce,
                    char *to) {
  uint8_t statement[512], signature[64];
  uint8_t *at = put_statement_head(statement, "Heliograph v1 device sign-in");
  at = put_field(at, server_nonce, 32);
  at = put_field(at, c->client_nonce, 32);
  at = put_field(at, crowd.authority, 32);
  at = put_field(at, device->account, strlen(device->account));
  at = put_field(at, device->device, 16);
  sign(device, statement, at, signature);
  EVP_EncodeBlock((uint8_t *)to, signature, 64);
}

/* What waited for the device, the commits of its room, as a client does that has taken them: else each is remembered. */
static void acknowledge_waiting(Connection *c) {
  const uint8_t *last = NULL, *end = c->said + c->said_bytes;
  static const char envelope[] = "\"kind\":\"relay.envelope\"", label[] = "\"seq\":";
  for (const uint8_t *at = c->said; (at = memmem(at, end - at, envelope, sizeof envelope - 1)) != NULL;) {
    last = ++at;
  }
  if (last == NULL) return;
  const uint8_t *seq = memmem(last, end - last, label, sizeof label - 1);
  if (seq == NULL) return;
  ask(c, "{\"kind\":\"relay.acknowledge\",\"conversation\":\"%s\",\"seq\":%llu}",
      device_of(c)->conversation, strtoull((const char *)seq + sizeof label - 1, NULL, 10));
}

static void heliograph_go_on(Connection *c) {
  const uint8_t *failure = find_said(c, "\"kind\":\"failure\"");
  if (failure != NULL) fail("heliograph: %.200s", failure);
  const Device *device = device_of(c);
  const uint8_t *nonce;
  if (c->step == 0 && (nonce = find_said(c, "\"nonce\":\"")) != NULL) {
    if (nonce + 9 + 44 > c->said + c->said_bytes) return;
    uint8_t server_nonce[33];
    char signature[96];
    EVP_DecodeBlock(server_nonce, nonce + 9, 44);
    sign_in(c, device, server_nonce, signature);
    c->step = 1;
    forget_said(c);
    ask(c,
        "{\"kind\":\"login.device\",\"request\":2,\"account\":\"%s\",\"device\":\"%s\","
        "\"signature\":\"%s\"}",
        device->account, device->device_hex, signature);
  } else if (c->step == 1 && find_said(c, "\"login.device-done\"")) {
    c->step = 2;
    ask(c, "{\"kind\":\"relay.subscribe\",\"request\":3}");
  } else if (c->step == 2 && find_said(c, "\"relay.caught-up\"")) {
    acknowledge_waiting(c);
    c->is_ready = true;
  }
}

static size_t heliograph_message(Connection *c, uint8_t *to) {
  char header[512];
  const Device *device = device_of(c);
  uint64_t number = ++crowd.number;
  snprintf(header, sizeof header,
           "{\"kind\":\"relay.send\",\"request\":%llu,\"conversation\":\"%s\","
           "\"envelope\":\"%016llx%016llx\",\"number\":%llu,\"epoch\":%d,\"counts\":true}",
           (unsigned long long)(number % 1000000000 + 10), device->conversation,
           (unsigned long long)c->index, (unsigned long long)number, (unsigned long long)number,
           device->epoch);
  size_t head = packet(to, header, run.size);
  return head + put_text(to + head);
}

/* A broadcast as its device signs it (lib/crypto/statements/broadcast.ts). */
static size_t broadcast_message(Connection *c, uint8_t *to) {
  static const char context[] = "Heliograph v1 broadcast";
  static uint8_t statement[80 * 1024], text[64 * 1024];
  const Device *device = device_of(c);
  uint64_t number = ++crowd.number;
  uint8_t id[16], time_ms[8], signature[64], *at = put_statement_head(statement, context);
  RAND_bytes(id, sizeof id);
  for (int i = 0; i < 8; i++) time_ms[i] = (uint8_t)((uint64_t)time(NULL) * 1000 >> (56 - 8 * i));
  at = put_field(at, device->account, strlen(device->account));
  at = put_field(at, device->certificate_hash, 32);
  at = put_field(at, id, sizeof id);
  at = put_field(at, time_ms, sizeof time_ms);
  at = put_field(at, text, put_text(text));
  sign(device, statement, at, signature);
  const uint8_t *body = statement + sizeof context;
  char header[64];
  snprintf(header, sizeof header, "{\"kind\":\"broadcast.send\",\"request\":%llu}",
           (unsigned long long)(number % 1000000000 + 10));
  size_t body_bytes = (size_t)(at - body), payload_bytes = 2 + body_bytes + 2 + sizeof signature;
  uint8_t *payload = to + packet(to, header, payload_bytes);
  payload = put_field(payload, body, body_bytes);
  payload = put_field(payload, signature, sizeof signature);
  return (size_t)(payload - to);
}

static void heliograph_received(Connection *c, uint32_t count, const uint8_t *buffer,
                                const uint8_t *marker) {
  c->unacknowledged += count;
  if (c->unacknowledged < crowd.acknowledge_every) return;
  static const char label[] = "\"seq\":";
  const uint8_t *end = marker - buffer > CARRY_BYTES ? marker - CARRY_BYTES : buffer;
  for (const uint8_t *at = marker - sizeof label; at >= end; at--) {
    if (memcmp(at, label, sizeof label - 1) != 0) continue;
    c->unacknowledged = 0;
    ask(c, "{\"kind\":\"relay.acknowledge\",\"conversation\":\"%s\",\"seq\":%llu}",
        device_of(c)->conversation, strtoull((const char *)at + sizeof label - 1, NULL, 10));
    return;
  }
}

static const Protocol PROTOCOLS[] = {
  {"heliograph", heliograph_begin, heliograph_go_on, heliograph_message, NULL, heliograph_received,
   "\"server.ping\"", "{\"kind\":\"server.pong\"}", false, false, 0},
  /* Five: BROADCASTS in lib/server/rates.ts. */
  {"heliograph-broadcast", heliograph_begin, heliograph_go_on, broadcast_message, NULL, NULL, NULL, NULL,
   true, false, 5},
  {"irc", irc_begin, irc_go_on, irc_message, NULL, NULL, NULL, NULL, false, false, 0},
  {"mqtt", mqtt_begin, mqtt_go_on, mqtt_message, NULL, NULL, NULL, NULL, true, false, 0},
  {"nats", nats_begin, nats_go_on, nats_message, NULL, NULL, NULL, NULL, false, true, 0},
  {"jetstream", jetstream_begin, jetstream_go_on, jetstream_message, NULL, NULL, NULL, NULL, true, true, 0},
  {"mqtt-sure", mqtt_begin, mqtt_go_on, mqtt_sure_message, NULL, NULL, NULL, NULL, true, false, 0},
  {"postgres", postgres_begin, postgres_go_on, postgres_message, postgres_finish, NULL, NULL, NULL, true, false, 0},
};

/* ---- the run ---- */

/* A time since the start of the machine begins with zeros; in hashes and signatures "~T" alone happens. */
static bool is_marker(const uint8_t *at) { return memcmp(at, "~T00", 4) == 0; }

static uint64_t read_time(const uint8_t *digits) {
  uint64_t value = 0;
  for (int i = 0; i < 16; i++) {
    uint8_t digit = digits[i];
    value = value * 16 + (digit <= '9' ? digit - '0' : digit - 'a' + 10);
  }
  return value;
}

/* Takes what is there and counts markers. What comes behind the last one waits for the next. */
static void receive(Connection *c) {
  static uint8_t buffer[CARRY_BYTES + READ_BYTES];
  for (int turn = 0; turn < 4; turn++) {
    memcpy(buffer, c->carry, c->carried);
    size_t count = take(c, buffer + c->carried, READ_BYTES);
    if (count == 0) return;
    uint8_t *end = buffer + c->carried + count, *last = NULL, *at = buffer;
    uint64_t at_ns = now_ns();
    uint32_t found = 0;
    while ((at = memchr(at, '~', (size_t)(end - at))) != NULL && end - at >= MARKER_BYTES) {
      if (is_marker(at)) {
        uint64_t made_ns = read_time(at + 2);
        if (is_measuring && at_ns > made_ns) record(at_ns - made_ns);
        last = at;
        found++;
        at += MARKER_BYTES;
      } else {
        at++;
      }
    }
    /* With the header of the next marker: a device that cannot say what it has got is sent no more. */
    const uint8_t *rest = last == NULL ? buffer : last + MARKER_BYTES;
    if (end - rest > CARRY_BYTES) rest = end - CARRY_BYTES;
    c->carried = (size_t)(end - rest);
    memcpy(c->carry, rest, c->carried);
    delivered += found;
    /* Who says nothing else for long has to show that it is there. */
    if (run.senders == 0 && protocol->ping != NULL &&
        memmem(buffer, (size_t)(end - buffer), protocol->ping, strlen(protocol->ping)) != NULL) {
      ask(c, "%s", protocol->pong);
      c->carried = 0;
    }
    if (found > 0 && protocol->received != NULL) protocol->received(c, found, buffer, last);
    if (count < READ_BYTES && c->ssl == NULL) return;
  }
}

static void wait_for_events(int limit_ms) {
  struct epoll_event events[512];
  int count = epoll_wait(epoll, events, 512, limit_ms);
  for (int i = 0; i < count; i++) {
    Connection *c = events[i].data.ptr;
    if (c == NULL) continue;
    if (events[i].events & EPOLLOUT) flush(c);
    if (!(events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
    if (c->is_ready) {
      receive(c);
    } else {
      hear(c);
      protocol->go_on(c);
    }
  }
}

/* `first`: whose turn of the crowd it is. */
static void connect_all(int first) {
  uint64_t limit = now_ns() + HANDSHAKE_LIMIT_NS;
  for (int from = 0; from < connection_count; from += HANDSHAKES) {
    int to = from + HANDSHAKES < connection_count ? from + HANDSHAKES : connection_count;
    for (int i = from; i < to; i++) {
      dial(&connections[i], first + i);
      protocol->begin(&connections[i]);
    }
    for (int i = from; i < to; i++) {
      while (!connections[i].is_ready) {
        if (now_ns() > limit) fail("handshake %d takes too long", first + i);
        wait_for_events(100);
      }
      free(connections[i].said);
      connections[i].said = NULL;
    }
  }
}

static void disconnect_all(void) {
  for (int i = 0; i < connection_count; i++) {
    Connection *c = &connections[i];
    if (c->ssl != NULL) SSL_free(c->ssl);
    close(c->fd);
    free(c->out);
    *c = (Connection){0};
  }
}

static void wait_for(uint64_t ns) {
  for (uint64_t end = now_ns() + ns; now_ns() < end;) wait_for_events(10);
}

/* CPU seconds that one process has used. */
static double process_seconds(int pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  size_t count = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[count] = 0;
  const char *rest = strrchr(text, ')');
  unsigned long user = 0, system = 0;
  if (rest == NULL ||
      sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) {
    return 0;
  }
  return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* The same with its children: PostgreSQL has a process for each connection. */
static double cpu_seconds(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
  double seconds = process_seconds(pid);
  FILE *file = fopen(path, "r");
  int child;
  while (file != NULL && fscanf(file, "%d", &child) == 1) seconds += process_seconds(child);
  if (file != NULL) fclose(file);
  return seconds;
}

static long resident_kib(int pid) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  long kib = 0;
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, "VmRSS:", 6) == 0) kib = atol(line + 6);
  }
  if (file != NULL) fclose(file);
  return kib;
}

static double own_cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* The one whose turn it is: a sender beside the receivers, or the receivers in turn. */
static Connection *next_sender(void) {
  return run.senders == 1 ? &connections[run.receivers] : &connections[sent % (uint64_t)run.senders];
}

static void finish(Connection *c) {
  if (protocol->finish != NULL) protocol->finish(c);
  flush(c);
}

static void send_one(void) {
  static uint8_t bytes[128 * 1024];
  Connection *sender = next_sender();
  put(sender, bytes, protocol->message(sender, bytes));
  sent++;
  if (run.rate > 0 || run.senders > 1) finish(sender);
}

static uint64_t receivers_of_each(void) {
  if (crowd.circle > 0) return (uint64_t)(crowd.circle - 1);
  bool includes_sender = run.senders > 1 && !protocol->echoes;
  return (uint64_t)(run.receivers - (includes_sender ? 1 : 0));
}

static void send_for(double seconds) {
  uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9), next = start;
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
  epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
  uint64_t first = sent, first_delivered = delivered;
  for (uint64_t time = start; time < end; time = now_ns()) {
    if (run.rate > 0) {
      while (next <= time) {
        send_one();
        next += (uint64_t)(1e9 / run.rate);
      }
      uint64_t later = now_ns(), wait = next > later ? next - later : 1;
      struct itimerspec spec = {.it_value = {(time_t)(wait / 1000000000), (long)(wait % 1000000000)}};
      timerfd_settime(timer, 0, &spec, NULL);
    } else {
      uint64_t through = (delivered - first_delivered) / receivers_of_each();
      while (sent - first < through + run.window) send_one();
      if (run.senders == 1) flush(next_sender());
    }
    wait_for_events(10);
  }
  if (run.senders == 1) finish(next_sender());
  close(timer);
}

/* All that each may, until all of it has arrived. */
static void send_allowance(void) {
  uint64_t most = (uint64_t)run.senders * protocol->allowance, limit = now_ns() + WAVE_LIMIT_NS;
  uint64_t first = sent, first_delivered = delivered, through = 0;
  while (through < most) {
    if (now_ns() > limit) fail("only %llu of %llu arrived", (unsigned long long)through,
                               (unsigned long long)most);
    while (sent - first < most && sent - first < through + run.window) send_one();
    wait_for_events(10);
    through = (delivered - first_delivered) / receivers_of_each();
  }
}

/* What was measured, as the sum of its stretches. */
static struct {
  double seconds, cpu, own_cpu, deliveries, sent;
} measured;

/* Whoever runs this measures other processes in the same time. */
static void tell(const char *word) {
  puts(word);
  fflush(stdout);
}

static void measure_stretch(void (*send)(void)) {
  is_measuring = true;
  uint64_t first_delivered = delivered, first_sent = sent, start = now_ns();
  double cpu = cpu_seconds(run.pid), own_cpu = own_cpu_seconds();
  tell("begin");
  send();
  tell("end");
  measured.seconds += (double)(now_ns() - start) / 1e9;
  measured.cpu += cpu_seconds(run.pid) - cpu;
  measured.own_cpu += own_cpu_seconds() - own_cpu;
  measured.deliveries += (double)(delivered - first_delivered);
  measured.sent += (double)(sent - first_sent);
}

static void send_for_seconds(void) { send_for(run.seconds); }

static void measure_waves(void) {
  for (int wave = 0; wave < WARM_UP_WAVES + WAVES; wave++) {
    connect_all(wave * connection_count);
    wait_for(SETTLE_NS);
    if (wave < WARM_UP_WAVES) {
      send_allowance();
    } else {
      measure_stretch(send_allowance);
    }
    disconnect_all();
  }
}

static void measure_load(void) {
  connect_all(0);
  /* The server's compiler, and every buffer, warm up first. */
  send_for(1);
  wait_for(300000000);
  measure_stretch(send_for_seconds);
  /* What is still on the way is not lost. */
  uint64_t all = sent * receivers_of_each();
  for (uint64_t end = now_ns() + DRAIN_LIMIT_NS; delivered < all && now_ns() < end;) {
    wait_for_events(10);
  }
}

static void measure_idle(void) {
  long before_kib = resident_kib(run.pid);
  connect_all(0);
  long connected_kib = resident_kib(run.pid);
  for (uint64_t end = now_ns() + (uint64_t)run.seconds * 1000000000; now_ns() < end;) {
    wait_for_events(100);
  }
  long resident = resident_kib(run.pid);
  printf("{\"kibPerConnection\":%.2f,\"beforeMib\":%.1f,\"connectedMib\":%.1f,\"idleMib\":%.1f}\n",
         (double)(resident - before_kib) / run.receivers, (double)before_kib / 1024,
         (double)connected_kib / 1024, (double)resident / 1024);
}

int main(int count, char **arguments) {
  if (count < 11) fail("see the comment at the top of loadgen.c");
  for (size_t i = 0; i < sizeof PROTOCOLS / sizeof *PROTOCOLS; i++) {
    if (strcmp(PROTOCOLS[i].name, arguments[1]) == 0) protocol = &PROTOCOLS[i];
  }
  if (protocol == NULL) fail("unknown protocol %s", arguments[1]);
  run.port = atoi(arguments[2]);
  run.tls = atoi(arguments[3]) != 0;
  run.receivers = atoi(arguments[4]);
  run.senders = atoi(arguments[5]);
  run.rate = atof(arguments[6]);
  run.window = (uint32_t)atoi(arguments[7]);
  run.seconds = atoi(arguments[8]);
  run.size = (uint32_t)atoi(arguments[9]);
  run.pid = atoi(arguments[10]);
  if (count > 11) read_crowd(arguments[11]);
  if (run.receivers < 1 || run.receivers >= MAX_CONNECTIONS || run.size < MARKER_BYTES ||
      run.size >= 64 * 1024 || (protocol->allowance > 0 && run.senders != run.receivers)) {
    fail("arguments out of range");
  }
  struct rlimit descriptors = {MAX_CONNECTIONS + 100, MAX_CONNECTIONS + 100};
  if (setrlimit(RLIMIT_NOFILE, &descriptors) != 0 && getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
  }
  if (run.tls) {
    tls_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  }
  epoll = epoll_create1(0);
  connection_count = run.receivers + (run.senders == 1 ? 1 : 0);
  connections = calloc((size_t)connection_count, sizeof *connections);
  if (run.senders == 0) {
    measure_idle();
    return 0;
  }
  if (protocol->allowance > 0) {
    measure_waves();
  } else {
    measure_load();
  }
  double cpu = measured.cpu, seconds = measured.seconds, deliveries = measured.deliveries;
  long long missing = (long long)(sent * receivers_of_each()) - (long long)delivered;
  printf("{\"sentPerSecond\":%.0f,\"deliveriesPerSecond\":%.0f,\"deliveriesPerCpuSecond\":%.0f,"
         "\"cores\":%.2f,\"generatorCores\":%.2f,\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"missing\":%lld}\n",
         measured.sent / seconds, deliveries / seconds, cpu > 0 ? deliveries / cpu : 0, cpu / seconds,
         measured.own_cpu / seconds, percentile_ms(0.5), percentile_ms(0.99), missing);
  return 0;
}
