/*
 * Peers that acknowledge only what they keep, for `loadgen.c`, which includes this where the protocols are: NATS JetStream, MQTT
 * with QoS 1 (which mosquitto acknowledges without a sync), PostgreSQL with rows and NOTIFY.
 */

/* ---- JetStream: a stream on disk; each receiver has a consumer of its own that pushes to it ---- */

static void jetstream_ask_stream(Connection *c) {
  static const char config[] =
    "{\"name\":\"s\",\"subjects\":[\"b\"],\"storage\":\"file\",\"retention\":\"limits\"}";
  say(c, "PUB $JS.API.STREAM.CREATE.s i.%d %zu\r\n%s\r\n", c->index, sizeof config - 1, config);
}

static void jetstream_begin(Connection *c) {
  say(c, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB i.%d 1\r\n", c->index);
  if (c->index < run.receivers) say(c, "SUB d.%d 2\r\n", c->index);
  jetstream_ask_stream(c);
}

/* Everyone asks for the stream: it is made once, and the same for all. */
static void jetstream_go_on(Connection *c) {
  const uint8_t *error = find_said(c, "\"error\":");
  if (error != NULL) fail("jetstream: %.200s", error);
  if (c->step == 0 && find_said(c, "stream_create_response")) {
    forget_said(c);
    c->step = 1;
    if (c->index >= run.receivers) {
      c->is_ready = true;
      return;
    }
    char config[256];
    int length = snprintf(config, sizeof config,
                          "{\"stream_name\":\"s\",\"config\":{\"deliver_subject\":\"d.%d\","
                          "\"ack_policy\":\"none\",\"deliver_policy\":\"new\"}}",
                          c->index);
    say(c, "PUB $JS.API.CONSUMER.CREATE.s i.%d %d\r\n%s\r\n", c->index, length, config);
  } else if (c->step == 1 && find_said(c, "consumer_create_response")) {
    c->is_ready = true;
  }
}

/* With a subject to answer to: the acknowledgement comes when the message is in the stream. */
static size_t jetstream_message(Connection *c, uint8_t *to) {
  size_t at = (size_t)sprintf((char *)to, "PUB b i.%d %u\r\n", c->index, run.size);
  at += put_text(to + at);
  memcpy(to + at, "\r\n", 2);
  return at + 2;
}

/* ---- MQTT 3.1.1, QoS 1 from sender to server ---- */

static size_t mqtt_sure_message(Connection *c, uint8_t *to) {
  static uint16_t packet_id;
  (void)c;
  if (++packet_id == 0) packet_id = 1;
  size_t at = 0, rest = 5 + run.size;
  to[at++] = 0x32;
  do {
    uint8_t digit = rest % 128;
    rest /= 128;
    to[at++] = rest > 0 ? digit | 128 : digit;
  } while (rest > 0);
  const uint8_t head[] = {0, 1, 'b', (uint8_t)(packet_id >> 8), (uint8_t)packet_id};
  memcpy(to + at, head, sizeof head);
  return at + sizeof head + put_text(to + at + sizeof head);
}

/* ---- PostgreSQL, protocol 3.0: a row and a notification in one transaction; receivers LISTEN ---- */

/* Rows of one sender in a transaction, when as many as go are sent: a lone connection commits one after the other. */
enum { ROWS_OF_TRANSACTION = 32 };

static uint8_t *put_u32(uint8_t *to, size_t value) {
  uint32_t number = htonl((uint32_t)value);
  memcpy(to, &number, 4);
  return to + 4;
}

/* A message of the protocol: its letter, its length with that of the length, its body. */
static size_t postgres_packet(uint8_t *to, char letter, const void *body, size_t count) {
  *to = (uint8_t)letter;
  memcpy(put_u32(to + 1, count + 4), body, count);
  return count + 5;
}

static void postgres_begin(Connection *c) {
  static const char words[] = "user\0heliograph\0database\0postgres\0";
  uint8_t bytes[128], *at = put_u32(bytes + 4, 3 << 16);
  memcpy(at, words, sizeof words);
  at += sizeof words;
  put_u32(bytes, (size_t)(at - bytes));
  put(c, bytes, (size_t)(at - bytes));
  flush(c);
}

/* ReadyForQuery of a connection that is in no transaction. */
static bool postgres_is_ready(const Connection *c) {
  static const uint8_t ready[] = {'Z', 0, 0, 0, 5, 'I'};
  return memmem(c->said, c->said_bytes, ready, sizeof ready) != NULL;
}

static void postgres_go_on(Connection *c) {
  if (find_said(c, "SFATAL") || find_said(c, "SERROR")) {
    const uint8_t *why = memchr(c->said, 'M', c->said_bytes);
    fail("postgres: %s", why == NULL ? "refused" : (const char *)why + 1);
  }
  if (!postgres_is_ready(c)) return;
  forget_said(c);
  if (c->step++ > 0) {
    c->is_ready = true;
    return;
  }
  static const char insert[] =
    "m\0WITH row AS (INSERT INTO message (text) VALUES ($1) RETURNING text) "
    "SELECT pg_notify('b', text) FROM row\0\0";
  static const char listen[] = "LISTEN b";
  uint8_t bytes[512];
  size_t count = postgres_packet(bytes, 'P', insert, sizeof insert);
  if (c->index < run.receivers) count += postgres_packet(bytes + count, 'Q', listen, sizeof listen);
  else count += postgres_packet(bytes + count, 'S', "", 0);
  put(c, bytes, count);
  flush(c);
}

static size_t postgres_message(Connection *c, uint8_t *to) {
  /* Portal and statement by name, no formats, one parameter. */
  static const uint8_t bind[] = {0, 'm', 0, 0, 0, 0, 1}, end[] = {0, 0};
  static const uint8_t execute[] = {0, 0, 0, 0, 0};
  uint8_t *at = to;
  *at++ = 'B';
  at = put_u32(at, 4 + sizeof bind + 4 + run.size + sizeof end);
  memcpy(at, bind, sizeof bind);
  at = put_u32(at + sizeof bind, run.size);
  at += put_text(at);
  memcpy(at, end, sizeof end);
  at += sizeof end;
  at += postgres_packet(at, 'E', execute, sizeof execute);
  if (++c->unacknowledged == ROWS_OF_TRANSACTION) {
    c->unacknowledged = 0;
    at += postgres_packet(at, 'S', "", 0);
  }
  return (size_t)(at - to);
}

/* Commits what a transaction has so far. */
static void postgres_finish(Connection *c) {
  uint8_t sync[5];
  if (c->unacknowledged == 0) return;
  c->unacknowledged = 0;
  put(c, sync, postgres_packet(sync, 'S', "", 0));
}
