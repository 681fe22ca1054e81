import { deepEqual, equal, ok } from "node:assert/strict";
import { bareLogLine } from "../../../lib/client/bare_log.ts";

const HEAD = "2026-11-21T13:00:00.000Z warning client.link 4711";
const BARE = "2026-11-21T13:00:00.000Z warning client.link";

Deno.test("a bare line keeps time, level, category, event, numbers, known codes and what the system says", () => {
  const kept: readonly (readonly [string, string])[] = [
    ["connected", "connected"],
    ['cannot join code="not-member" seq=17', "cannot join code=not-member seq=17"],
    ["lost retry=true", "lost retry=true"],
    [
      'dial failed reason="Cannot reach chat.example.org: Connection refused (os error 111)"',
      'dial failed reason="Connection refused; os error 111"',
    ],
    [
      'crash reason="alice" stack="Error: alice\\n at f (file:///home/alice/x/lib/net/dialling/dial.ts:10:3)\\n at lib/base/scope.ts:7:1"',
      'crash reason="…" stack="lib/net/dialling/dial.ts:10:3 lib/base/scope.ts:7:1"',
    ],
  ];
  for (const [line, bare] of kept) equal(bareLogLine(`${HEAD} ${line}`), `${BARE} ${bare}`);
});

Deno.test("a bare line has no name, address, path or text", () => {
  const secrets = [
    "alice",
    "192.0.2.7",
    "2001:db8::7",
    "/home/alice",
    "chat.example.org",
    "hunter2",
  ];
  for (const secret of secrets) {
    for (
      const line of [
        `x name="${secret}"`,
        `x host=${secret}`,
        `x code="${secret}"`,
        `x reason="No account ${secret} here"`,
        `x reason="a \\"${secret}\\" b"`,
        `x stack="at ${secret} (${secret}:1:2)"`,
        `x path="${secret}" count=3`,
        `x: (${secret})`,
        `x "${secret}" = "${secret}`,
        `x ${secret}=3`,
      ]
    ) {
      const bare = bareLogLine(`${HEAD} ${line}`);
      // A word in the place of a field's name is a field's name; no line of ours has one that varies.
      if (line === `x ${secret}=3` || bare === undefined) continue;
      ok(!bare.includes(secret), `${line} became ${bare}`);
    }
  }
  equal(bareLogLine(`${HEAD} bound port=5000`), `${BARE} bound port=…`);
});

Deno.test("what is no line of the log is left out whole", () => {
  const lines = [
    "",
    "alice said hunter2",
    HEAD,
    "2026-11-21 warning client.link 4711 x",
    "2026-11-21T13:00:00.000Z loud client.link 4711 x",
    "2026-11-21T13:00:00.000Z info alice@example 4711 x",
    " 2026-11-21T13:00:00.000Z info client.link 4711 x",
  ];
  deepEqual(lines.map(bareLogLine), lines.map(() => undefined));
});
