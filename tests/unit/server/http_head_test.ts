import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { HEAD_MAX_BYTES, parseHttpHead } from "../../../lib/server/health/http_door.ts";
import { seeded } from "../../kit/seeded.ts";

const parse = (text: string) => parseHttpHead(utf8(text));
const HEAD =
  "GET /metrics?x=1 HTTP/1.1\r\nHost: a.example:9798\r\nAuthorization: Bearer abc123\r\n\r\n";

Deno.test("a head says method, path without its question, host and token", () => {
  assert.deepEqual(parse(HEAD), {
    method: "GET",
    path: "/metrics",
    host: "a.example:9798",
    token: "abc123",
  });
  const bare = { method: "GET", path: "/", host: undefined, token: undefined };
  assert.deepEqual(parse("GET / HTTP/1.0\r\n\r\n"), bare);
  assert.deepEqual(parse("GET / HTTP/1.1\r\nauthorization:\tbasic abc\r\n\r\nbody"), bare);
});

Deno.test("a head that is cut anywhere is asked for more, until it has no room left", () => {
  for (let at = 0; at < HEAD.length; at++) assert.equal(parse(HEAD.slice(0, at)), "more");
  assert.equal(parseHttpHead(new Uint8Array(HEAD_MAX_BYTES - 1)), "more");
  assert.equal(parseHttpHead(new Uint8Array(HEAD_MAX_BYTES)), "bad");
});

for (
  const text of [
    "GET metrics HTTP/1.1",
    "GET http://a/metrics HTTP/1.1",
    "get /metrics HTTP/1.1",
    "GET /metrics HTTP/2.0",
    "GET  /metrics HTTP/1.1",
    "GET /met\u0001rics HTTP/1.1",
    "GET / HTTP/1.1\r\nno colon",
    "GET / HTTP/1.1\r\nHost : a",
    "GET / HTTP/1.1\r\n folded: a",
    "GET / HTTP/1.1\r\nHost: a\r\nhost: b",
    "GET / HTTP/1.1\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b",
    "GET / HTTP/1.1\r\nx: a\u0000b",
    "GET / HTTP/1.1\r\nx: a\nHost: b",
    `GET / HTTP/1.1${"\r\nx: a".repeat(65)}`,
    `GET /${"a".repeat(1024)} HTTP/1.1`,
  ]
) {
  Deno.test(`no request: ${JSON.stringify(text).slice(0, 80)}`, () => {
    assert.equal(parse(`${text}\r\n\r\n`), "bad");
  });
}

Deno.test("noise is never a head that was not said, and never throws", () => {
  const random = seeded(13);
  const original = utf8(HEAD);
  for (let run = 0; run < 2000; run++) {
    const bytes = original.slice();
    for (let flips = 0; flips < 3; flips++) {
      bytes[random(bytes.length)] ^= 1 << random(8);
    }
    const head = parseHttpHead(bytes);
    assert.ok(head === "more" || head === "bad" || head.path.startsWith("/"));
  }
});
