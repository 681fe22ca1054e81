/** The pages of docs/protocol.md are normative: here they are compared with the code, field by field. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { failure, FAILURE_CODES } from "../../../lib/protocol/failure.ts";
import { HOP_NOTICES, HOP_PUSHES, HOP_REQUESTS } from "../../../lib/protocol/hop/mod.ts";
import { SEED_NAMES } from "../../../lib/protocol/hop/seed_names.ts";
import * as limits from "../../../lib/protocol/limits.ts";
import { DIRECT_PACKETS } from "../../../lib/protocol/peer/direct.ts";
import { P2P_MESSAGES } from "../../../lib/protocol/p2p/mod.ts";
import { STREAM_UNITS } from "../../../lib/protocol/peer/stream.ts";
import { FEATURES } from "../../../lib/client/sync/families.ts";
import { PROTOCOL_VERSIONS } from "../../../lib/protocol/versions.ts";
import { ROUTES } from "../../../lib/server/routes/mod.ts";
import { fieldRows, number } from "../../../tools/generate/message_fields.ts";

const PEER_MESSAGES = Object.fromEntries(FEATURES.families.kinds);
const FOLDER = new URL("../../../docs/protocol/", import.meta.url);
const PAGES = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
const PAGE = PAGES.map((name) => Deno.readTextFileSync(new URL(name, FOLDER))).join("\n");

type Message = Parameters<typeof fieldRows>[0] & {
  readonly kind: string;
  readonly maxPayloadBytes: number;
};

/** What stands under the heading of a message: its prose in one line, and the rows of its table. */
interface Part {
  readonly prose: string;
  readonly rows: readonly { readonly name: string; readonly type: string }[];
}

/** The text under the heading of a kind, up to the next heading. */
function sectionOf(kind: string): string {
  const heading = `\n#### \`${kind}\`\n`;
  const sections = PAGE.split(heading);
  equal(sections.length, 2, `the pages have one section ${kind}`);
  return sections[1].split(/\n#{2,4} /)[0];
}

function readPart(text: string): Part {
  const lines = text.split("\n");
  // What follows the message's first table is about something else.
  const first = lines.findIndex((line) => line.startsWith("| field "));
  const end = lines.findIndex((line, i) => i > first && !line.startsWith("|"));
  const table = first < 0 ? [] : lines.slice(first + 2, end < 0 ? undefined : end);
  const rows = table.map((line) => line.split("|").map((cell) => cell.trim()));
  return {
    prose: (first < 0 ? lines : lines.slice(0, first)).join(" "),
    rows: rows.map(([, name, type]) => ({ name: name.replaceAll("`", ""), type })),
  };
}

function checkMessage(message: Message, part: Part): void {
  const { kind, maxPayloadBytes: bytes } = message;
  deepEqual(part.rows, fieldRows(message), `fields of ${kind}`);
  const payload = bytes === 0 ? "Payload: none." : `Payload: up to ${number(bytes)} bytes`;
  ok(part.prose.includes(payload), `${kind} lacks "${payload}"`);
}

Deno.test("rows S4.06, S4.07, S4.12, S4.13: the pages have the seeds' names of messages, each beside ours", () => {
  deepEqual(new Set(SEED_NAMES.values()), new Set(["DICT", "MSG", "AVVID", "FRAMES"]));
  for (const [kind, seed] of SEED_NAMES) {
    const asked = Object.entries(HOP_REQUESTS).find(([, { reply }]) => reply.kind === kind)?.[0];
    const { prose } = readPart(sectionOf(asked ?? kind));
    ok(prose.includes(`\`${seed}\``), `${kind} lacks ${seed}`);
  }
});

Deno.test("the pages have every request and its answer with all their fields, types and limits", () => {
  for (const [kind, { request, reply }] of Object.entries(HOP_REQUESTS)) {
    const [asked, answered] = sectionOf(kind).split(`\nAnswer \`${reply.kind}\`.`);
    ok(answered !== undefined, `${kind} lacks the answer ${reply.kind}`);
    checkMessage(request, readPart(asked));
    checkMessage(reply, readPart(answered));
  }
});

Deno.test("the pages say in which session state each request is accepted, and which are pipelined", () => {
  for (const [kind, route] of Object.entries(ROUTES)) {
    const { prose } = readPart(sectionOf(kind));
    const states = `\`${route.needs}\`${"orReady" in route ? " or `ready`" : ""}`;
    ok(prose.includes(`Session: ${states}.`), `${kind} needs ${states}`);
    equal(prose.includes("Pipelined."), "pipelined" in route, `${kind} is pipelined`);
  }
});

Deno.test("the pages have every notice and push with all their fields, types and limits", () => {
  for (const [role, table] of [["notice", HOP_NOTICES], ["push", HOP_PUSHES]] as const) {
    for (const message of Object.values(table)) {
      const part = readPart(sectionOf(message.kind));
      checkMessage(message, part);
      ok(part.prose.toLowerCase().includes(role), `${message.kind} is a ${role}`);
    }
  }
});

Deno.test("the pages have every sealed message with all its fields, types and limits", () => {
  for (const message of Object.values({ ...PEER_MESSAGES, ...STREAM_UNITS })) {
    const part = readPart(sectionOf(message.kind));
    checkMessage(message, part);
    ok(part.prose.includes("Sealed."), `${message.kind} is sealed`);
  }
});

Deno.test("the pages have every packet of a meeting without a server with all its fields, types and limits", () => {
  for (const message of Object.values(P2P_MESSAGES)) {
    checkMessage(message, readPart(sectionOf(message.kind)));
  }
});

Deno.test("the pages have every packet of a direct connection with all its fields, types and limits", () => {
  for (const message of Object.values(DIRECT_PACKETS)) {
    const part = readPart(sectionOf(message.kind));
    checkMessage(message, part);
    ok(part.prose.includes("Direct."), `${message.kind} is direct`);
  }
});

Deno.test("the pages describe no message that the code does not have", () => {
  const known = [
    HOP_REQUESTS,
    HOP_NOTICES,
    HOP_PUSHES,
    P2P_MESSAGES,
    PEER_MESSAGES,
    STREAM_UNITS,
    DIRECT_PACKETS,
    { failure },
  ];
  const kinds = new Set(known.flatMap((table) => Object.keys(table)));
  const described = [...PAGE.matchAll(/^#### `([^`]+)`$/gm)].map(([, kind]) => kind);
  deepEqual(described.filter((kind) => !kinds.has(kind)), []);
});

Deno.test("the pages have every failure code with its exit code, and the fields of a failure", () => {
  checkMessage(failure, readPart(sectionOf("failure")));
  const rows = [...PAGE.matchAll(/^\| `([a-z-]+)` +\| (\d+) +\|/gm)];
  deepEqual(
    Object.fromEntries(rows.map(([, code, exit]) => [code, Number(exit)])),
    { ...FAILURE_CODES },
  );
});

Deno.test("the pages give the limits of connections as the code has them", () => {
  const rows = [...PAGE.matchAll(/^\| `([A-Z_]+)` +\| ([\d,]+)/gm)];
  ok(rows.length >= 9, "the table of limits is there");
  const inCode: Readonly<Record<string, unknown>> = { ...limits };
  for (const [, name, value] of rows) {
    equal(value, number(Number(inCode[name])), name);
  }
});

Deno.test("the pages give the deadlines of connections as the code has them", () => {
  const seconds = (pattern: RegExp) => Number(PAGE.match(pattern)?.[1]) * 1000;
  equal(
    seconds(/^\| from connected to `hello`, TLS included +\| (\d+) s/m),
    limits.HANDSHAKE_DEADLINE_MS,
  );
  equal(seconds(/^\| from `hello` to signed in +\| (\d+) s/m), limits.AUTH_DEADLINE_MS);
  equal(seconds(/^\| a packet that was begun +\| (\d+) s/m), limits.progressDeadlineMs(0));
  equal(seconds(/send `server.ping` +\| (\d+) s/m), limits.PING_AFTER_SILENCE_MS);
  equal(seconds(/give the connection up +\| (\d+) s/m), limits.DROP_AFTER_SILENCE_MS);
  equal(seconds(/^\| bytes are waiting [^|]+\| (\d+) s/m), limits.WRITE_STALL_MS);
  equal(seconds(/^\| draining +\| (\d+) s/m), limits.DRAIN_DEADLINE_MS);
  equal(seconds(/^\| lingering +\| (\d+) s/m), limits.LINGER_MS);
});

Deno.test("the pages describe the newest version of the protocol", () => {
  ok(PAGE.replaceAll("\n", " ").includes(`describe version ${PROTOCOL_VERSIONS.max}.`));
});
