/** The nodes of a server that has several: which there are, and one of them giving its people to the others. */

import { logger } from "../../base/log.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import type { CommandResult } from "../../commands/command_row.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { DrainOrder, ListedNode } from "../../server/health/operator.ts";
import {
  listed,
  minute,
  NONE,
  type NoneKinds,
  type OperatorCommands,
  type OperatorContext,
  serverOf,
} from "../operator_row.ts";

const log = logger("server", "operator");

/** Every kind of report of these commands. */
interface NodeKinds extends NoneKinds {
  "node": ListedNode;
  /** What is left there; `end`: nothing, or the node has gone. */
  "node-drain": {
    readonly name: string;
    readonly sessions: number;
    readonly end?: "empty" | "gone";
  };
}

/** How often a node is asked how far it is. */
const LOOK_EVERY_MS = 1_000;

const NAME: ArgumentSpec = {
  name: "NAME",
  summary: "its name, as serve --node says",
  required: true,
};

const REFUSALS: { readonly [Order in Exclude<DrainOrder, "draining">]: [ExitCode, string] } = {
  "unknown-node": [EXIT.unknown, "no node of this name is heard; node list shows them"],
  "last-node": [EXIT.refused, "no other node is heard that could take its people"],
  "no-answer": [EXIT.unreachable, "it does not answer"],
};

async function listNodes(context: OperatorContext): Promise<CommandResult<NodeKinds>> {
  const nodes = await serverOf(context).operator.listNodes();
  return listed("node", nodes, "This server has no other nodes");
}

async function* drain(
  context: OperatorContext,
  values: CommandValues,
): AsyncGenerator<CommandResult<NodeKinds>["reports"], CommandResult<NodeKinds>, void> {
  const { operator } = serverOf(context);
  const name = values.required(NAME.name);
  const order = await operator.drainNode(name);
  if (order !== "draining") {
    const [exit, why] = REFUSALS[order];
    return { reports: [{ kind: "none", facts: { words: `Cannot drain ${name}: ${why}` } }], exit };
  }
  log.info("operator.drain", { node: name });
  for (;;) {
    const node = (await operator.listNodes()).find((one) => one.name === name);
    const sessions = node?.state?.sessions;
    // Gone, or started again.
    if (node === undefined || node.state?.isDraining === false) return drained(name, "gone");
    if (sessions === 0) return drained(name, "empty");
    // Each time, so that it ends once nobody hears it.
    if (sessions !== undefined) yield [{ kind: "node-drain", facts: { name, sessions } }];
    await context.clock.sleep(LOOK_EVERY_MS);
  }
}

function drained(name: string, end: "empty" | "gone"): CommandResult<NodeKinds> {
  return { reports: [{ kind: "node-drain", facts: { name, sessions: 0, end } }] };
}

function drainWords({ name, sessions, end }: NodeKinds["node-drain"]): string {
  if (end === "empty") return `${name} is empty, and takes nobody until it is started again`;
  if (end === "gone") return `${name} has ended, or was started again`;
  return `${name}: ${sessions === 1 ? "1 connection" : `${sessions} connections`} left`;
}

const COMMON = {
  group: "This server",
  needs: ["running"],
  verb: { group: "Server" },
} as const;

/** What is done with nodes. */
export const NODE_COMMANDS: OperatorCommands<NodeKinds> = {
  rows: [
    {
      ...COMMON,
      name: "node list",
      withoutServer: "ask where a node runs",
      summary: "list the nodes of the server: since when, which version, how many connections",
      details:
        "Each is asked, and has two seconds to answer. A node that this one does not hear is not in the list.",
      examples: [{ line: "node list", summary: "this node first" }],
      exitCodes: [5],
      run: listNodes,
    },
    {
      ...COMMON,
      name: "node drain",
      withoutServer: "ask where a node runs",
      summary: "have a node give its people to the others, before it is stopped",
      details:
        "The node takes no new connections, and asks its clients to connect again, a hundred at a time. They must find another " +
        "node: by a load balancer, or another address. The node stays, empty, until you stop it; a restart undoes it. " +
        "Shows how many are left until nobody is.",
      arguments: [NAME],
      examples: [{ line: "node drain two", summary: "then stop it: nobody is there any more" }],
      exitCodes: [4, 5, 6],
      run: drain,
    },
  ],
  wording: {
    ...NONE,
    "node": {
      headings: ["NODE", "SINCE", "VERSION", "CONNECTIONS", "PEOPLE", "STATUS"],
      fields: ({ name, isOwn, state }) => ({
        ...{ name, own: isOwn, answers: state !== undefined },
        ...state === undefined ? {} : {
          since: new Date(state.sinceMs).toISOString(),
          version: state.version,
          sessions: state.sessions,
          people: state.people,
          draining: state.isDraining,
        },
      }),
      line: ({ name, isOwn, state }) => {
        const called = `${name === "" ? "-" : name}${isOwn ? " (this one)" : ""}`;
        if (state === undefined) return [called, "", "", "", "", "does not answer"];
        const { isDraining, people, sessions, sinceMs, version } = state;
        return [
          ...[called, minute(sinceMs), version, `${sessions}`, `${people}`],
          isDraining ? (sessions === 0 ? "drained" : "draining") : "",
        ];
      },
    },
    "node-drain": { line: drainWords },
  },
};
