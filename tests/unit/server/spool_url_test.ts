import { deepEqual, equal } from "node:assert/strict";
import { parseSpoolPlace } from "../../../lib/server/config/spool_url.ts";

Deno.test("a spool is a folder, or a bucket with a prefix, a region and a CA", () => {
  deepEqual(parseSpoolPlace("/mnt/shared"), {
    ok: true,
    place: { kind: "folder", path: "/mnt/shared" },
  });
  deepEqual(parseSpoolPlace("s3://s3.example.org:9000/chat/a/b/?region=eu-central-1&ca=/ca.pem"), {
    ok: true,
    place: {
      kind: "s3",
      name: "s3://s3.example.org:9000/chat",
      url: "https://s3.example.org:9000/chat",
      prefix: "a/b/",
      region: "eu-central-1",
      caFile: "/ca.pem",
    },
  });
  deepEqual(parseSpoolPlace("s3://127.0.0.1:4568/spool?tls=off"), {
    ok: true,
    place: {
      kind: "s3",
      name: "s3://127.0.0.1:4568/spool",
      url: "http://127.0.0.1:4568/spool",
      prefix: "",
      region: "us-east-1",
      caFile: undefined,
    },
  });
});

const WRONG: readonly (readonly [text: string, part: string])[] = [
  ["", "empty"],
  ["https://s3.example.org/chat", "a folder or s3://"],
  ["s3:///chat", "names no bucket"],
  ["s3://ID:sEcReT@s3.example.org/chat", "must not hold keys"],
  ["s3://s3.example.org", "names no bucket"],
  ["s3://s3.example.org/Chat", "names no bucket"],
  ["s3://s3.example.org/chat/a%20b", "prefix"],
  ["s3://s3.example.org/chat/a//b", "prefix"],
  ["s3://s3.example.org/chat?region=a/b", "region"],
  ["s3://s3.example.org/chat?key=sEcReT", "unknown parameter key"],
  ["s3://s3.example.org/chat?tls=off", "tls=off"],
  ["s3://127.0.0.1/chat?tls=maybe", "tls=off"],
  ["s3://s3.example.org/chat?ca=ca.pem", "ca"],
];

for (const [text, part] of WRONG) {
  Deno.test(`a spool at ${text || "nothing"} is refused, and no key is repeated`, () => {
    const parsed = parseSpoolPlace(text);
    equal(!parsed.ok && parsed.message.includes(part), true);
    equal(!parsed.ok && parsed.message.includes("sEcReT"), false);
  });
}
