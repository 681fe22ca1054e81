import assert from "node:assert/strict";
import { parseBusUrl } from "../../../lib/server/config/bus_url.ts";

Deno.test("address of a bus: hosts, ports, TLS with a CA of its own", () => {
  const plain = { hostname: "127.0.0.1", port: 4222, isEncrypted: false };
  const none = { user: undefined, caFile: undefined };
  const places = {
    "nats://127.0.0.1": { ...plain, ...none },
    "nats://127.0.0.1:4333/": { ...plain, ...none, port: 4333 },
    "nats://[::1]": { ...plain, ...none, hostname: "::1" },
    "nats://m%40e@127.0.0.1": { ...plain, ...none, user: "m@e" },
    "tls://bus.example": { ...plain, ...none, hostname: "bus.example", isEncrypted: true },
    "tls://bus.example?ca=/etc/ca.pem": {
      ...{ ...plain, ...none, hostname: "bus.example", isEncrypted: true },
      caFile: "/etc/ca.pem",
    },
  };
  for (const [url, place] of Object.entries(places)) {
    assert.deepEqual(parseBusUrl(url), { ok: true, place }, url);
  }
});

Deno.test("address of a bus: what is none is refused in words that do not repeat it", () => {
  const wrong = {
    "": "is nats://HOST:PORT or tls://HOST:PORT",
    "http://127.0.0.1": "is nats://HOST:PORT or tls://HOST:PORT",
    "nats://": "is nats://HOST:PORT or tls://HOST:PORT",
    "nats://127.0.0.1:70000": "is nats://HOST:PORT or tls://HOST:PORT",
    "nats://me:secret@127.0.0.1": "must not hold the password: use bus-password-file",
    "nats://127.0.0.1/base": "has more than an address",
    "nats://127.0.0.1#base": "has more than an address",
    "nats://127.0.0.1?sslmode=x": "has an unknown parameter sslmode",
    "nats://127.0.0.1?ca=/etc/ca.pem": "has ca without tls://",
    "tls://127.0.0.1?ca=ca.pem": "has a ca that is no absolute path",
    "nats://%ff@127.0.0.1": "has a user that is no text",
  };
  for (const [url, message] of Object.entries(wrong)) {
    assert.deepEqual(parseBusUrl(url), { ok: false, message }, url);
  }
});
