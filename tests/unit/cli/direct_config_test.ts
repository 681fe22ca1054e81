/** What `config.toml` may say of direct connections, and of what a shell without a server leaves. */

import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { parseDirectConfig } from "../../../lib/client/direct/direct_config.ts";
import { deletesOnExit } from "../../../lib/cli/p2p/ephemeral.ts";
import { PROGRAM } from "../../../lib/cli/verbs.ts";
import { parseArgv } from "../../../lib/commands/commander_adapter.ts";

Deno.test("direct connections are preferred, and nothing is told besides, when nothing is set", () => {
  deepEqual(parseDirectConfig(""), { mode: "prefer", addresses: [] });
  deepEqual(parseDirectConfig('[screen]\ntheme = "dark"\n'), { mode: "prefer", addresses: [] });
});

Deno.test("[p2p] takes a mode and addresses, with ports or without", () => {
  deepEqual(
    parseDirectConfig(
      '[p2p]\nmode = "never"\naddresses = ["203.0.113.9:7000", "127.0.0.1", "[::1]:9"]',
    ),
    {
      mode: "never",
      addresses: [
        { host: "203.0.113.9", port: 7000 },
        { host: "127.0.0.1", port: 0 },
        { host: "::1", port: 9 },
      ],
    },
  );
});

Deno.test("S3.02: a UDP port of one's own is named by [p2p] port, by connect's third word, or by --udp", async () => {
  deepEqual(parseDirectConfig("[p2p]\nport = 8001"), { mode: "prefer", addresses: [], port: 8001 });
  const port = async (...words: string[]) => {
    const outcome = await parseArgv(PROGRAM, ["connect", "127.0.0.1", ...words]);
    if (outcome.kind !== "command") throw new Error(JSON.stringify(outcome));
    return outcome.row.udpPort?.(outcome.values);
  };
  equal(await port("4000"), undefined);
  equal(await port("4000", "8001"), 8001);
  equal(await port("--udp", "8001"), 8001);
  await rejects(port("4000", "8001", "--udp", "8002"), { code: "two-ports" });
  for (const wrong of ["0", "65536", "udp"]) {
    await rejects(port("4000", wrong), { code: "bad-port" }, wrong);
  }
});

Deno.test("SR-77: [p2p] with something else is refused with an example: names, too many, other words", () => {
  const eight = Array.from({ length: 8 }, (_, i) => `"10.0.0.${i}"`);
  parseDirectConfig(`[p2p]\naddresses = [${eight}]`);
  const wrong = [
    '[p2p]\nmode = "always"',
    "[p2p]\nmode = 1",
    '[p2p]\naddresses = ["localhost"]',
    '[p2p]\naddresses = "127.0.0.1"',
    `[p2p]\naddresses = [${[...eight, '"10.0.0.9"']}]`,
    "[p2p]\nport = 0",
    "[p2p]\nport = 65536",
    '[p2p]\nport = "7000"',
    "[p2p]\nways = 7",
    "p2p = 3",
    "[p2p",
  ];
  for (const text of wrong) throws(() => parseDirectConfig(text), { code: "bad-config" }, text);
});

Deno.test("S1.26: [privacy] delete_on_exit is true or false, and nothing else", () => {
  equal(deletesOnExit(""), false);
  equal(deletesOnExit('[screen]\ntheme = "dark"\n'), false);
  equal(deletesOnExit("[privacy]\ndelete_on_exit = false"), false);
  equal(deletesOnExit("[privacy]\ndelete_on_exit = true"), true);
  for (
    const wrong of [
      ...["[privacy]\ndelete_on_exit = 1", "[privacy]\ndelete_at_exit = true", "privacy = true"],
      "privacy",
    ]
  ) throws(() => deletesOnExit(wrong), { code: "bad-config" });
});
