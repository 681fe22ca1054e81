/** Other users of a machine see arguments and environment: no secret stands in either (SR-51, SR-81). */

import { deepEqual, throws } from "node:assert/strict";
import { ADMIN_PROGRAM } from "../../../lib/admin/admin_table.ts";
import { readServerOption } from "../../../lib/cli/server_choice.ts";
import { PROGRAM } from "../../../lib/cli/verbs.ts";
import type { CommandSpec } from "../../../lib/commands/command_table.ts";
import type { ProgramSpec } from "../../../lib/commands/program_help.ts";

const SECRET = /password|recovery|token|secret|invite|key|passphrase/;

/** A switch, the name of a file, a number that is checked to be one. */
const HOLDS_NONE = [undefined, "FILE", "N"];

Deno.test("SR-51, SR-81: options about secrets take a file, and there is no argument for one", () => {
  const wrong = [PROGRAM, ADMIN_PROGRAM].flatMap((program: ProgramSpec<CommandSpec>) =>
    program.table.rows.flatMap((row) => {
      const options = [...row.options, ...program.options].filter(({ flag, valueName }) =>
        SECRET.test(flag) && !HOLDS_NONE.includes(valueName)
      );
      const words = row.arguments.filter(({ name }) => SECRET.test(name.toLowerCase()));
      return [...options.map(({ flag }) => flag), ...words.map(({ name }) => name)]
        .map((what) => `${program.name} ${row.name} ${what}`);
    })
  );
  deepEqual(wrong, []);
});

Deno.test("SR-51: an invite with a token is refused in arguments and environment, without being repeated", () => {
  const fingerprint = `SHA256:${"A".repeat(43)}`;
  const address = { host: "192.0.2.2", port: 5000 };
  deepEqual(readServerOption(`heliograph://192.0.2.2:5000#${fingerprint}`).address, address);
  const token = "dG9rZW4tY2FuYXJ5LTc3Lg";
  throws(() => readServerOption(`heliograph://192.0.2.2:5000/${token}#${fingerprint}`), {
    code: "secret-in-arguments",
    message: "An invite with a token is a secret: pass it with --invite-file",
  });
});
