import assert from "node:assert/strict";
import { formatStore, parseStoreUrl } from "../../../lib/server/config/store_url.ts";

const near = { transport: "tcp", hostname: "localhost", port: 5432, isEncrypted: false } as const;

Deno.test("address of a store: hosts, sockets, TLS by default beyond this machine", () => {
  const places = {
    "postgres://me@localhost/base": { socket: near, user: "me", database: "base" },
    "postgresql://me@localhost:5433": {
      socket: { ...near, port: 5433 },
      user: "me",
      database: "me",
    },
    "postgres://m%40e@[::1]/b%2Fc?sslmode=disable": {
      socket: { ...near, hostname: "::1" },
      user: "m@e",
      database: "b/c",
    },
    "postgres://me@db.example/base": {
      socket: { ...near, hostname: "db.example", isEncrypted: true },
      user: "me",
      database: "base",
    },
    "postgres://me@db.example/base?sslmode=verify-full&sslrootcert=/etc/ca.pem": {
      socket: { ...near, hostname: "db.example", isEncrypted: true },
      user: "me",
      database: "base",
      caFile: "/etc/ca.pem",
    },
    "postgres://me@/base?host=/run/postgresql/": {
      socket: { transport: "unix", path: "/run/postgresql/.s.PGSQL.5432" },
      user: "me",
      database: "base",
    },
  };
  for (const [text, place] of Object.entries(places)) {
    assert.deepEqual(parseStoreUrl(text), { ok: true, place: { caFile: undefined, ...place } });
  }
});

Deno.test("address of a store: each mistake in its own words, and none of them with a password", () => {
  const mistakes = {
    "server.db": /is postgres:/,
    "mysql://me@localhost/base": /is postgres:/,
    "postgres://me:hunter2@localhost/base": /must not hold the password/,
    "postgres://localhost/base": /names no user/,
    "postgres://me@/base": /names no host/,
    "postgres://me@localhost/base?host=/run": /names two hosts/,
    "postgres://me@localhost/base?user=hunter2": /unknown parameter user/,
    "postgres://me@db.example/base?sslmode=require": /checks no name/,
    "postgres://me@db.example/base?sslmode=disable&sslrootcert=/ca": /without sslmode/,
    "postgres://me@db.example/base?sslrootcert=ca.pem": /no absolute path/,
    "postgres://me@/base?host=/run&sslmode=disable": /has no TLS/,
    "postgres://me@localhost:99999/base": /is postgres:/,
  };
  for (const [text, words] of Object.entries(mistakes)) {
    const parsed = parseStoreUrl(text);
    assert(!parsed.ok, text);
    assert.match(parsed.message, words);
    assert(!parsed.message.includes("hunter2"));
  }
});

Deno.test("address of a store: as it is shown, it can be read again", () => {
  for (
    const text of [
      "postgres://me@localhost:5432/base",
      "postgres://m%40e@db.example:5433/b%2Fc",
      "postgres://me@/base?host=/run/postgresql",
    ]
  ) {
    const parsed = parseStoreUrl(text);
    assert(parsed.ok);
    assert.equal(formatStore(parsed.place), text);
  }
});
