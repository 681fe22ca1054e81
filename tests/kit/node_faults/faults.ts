/** What goes wrong in a cluster, each a row: it strikes, holds for a while, and is over when the call returns. */

import { existsSync } from "node:fs";
import { systemClock } from "../../../lib/base/clock.ts";
import { canMount } from "../full_disk.ts";
import type { FaultyCluster } from "./cluster.ts";
import type { FaultyNode } from "./node.ts";

/** How hard a fault strikes. */
export interface Blow {
  readonly draw: (below: number) => number;
  /** How long it lasts, at most. */
  readonly holdMs: number;
  /** How long a node stands still. */
  readonly pauseMs: number;
}

/** One kind of fault. */
export interface Fault {
  readonly name: string;
  /** What it strikes: one of something else may strike at the same time. Left out: it needs all of that. */
  readonly on?: "node" | "nats" | "database";
  /** What this machine has not, without which it cannot be made. */
  readonly missing?: () => string | undefined;
  strike(cluster: FaultyCluster, blow: Blow): Promise<void>;
}

/** Where Debian's package has it, for programs of several threads. */
const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
const MINUTES_APART = [3, 20, 90, 400];

function anyNode({ nodes }: FaultyCluster, { draw }: Blow): FaultyNode {
  return nodes[draw(nodes.length)];
}

async function hold({ draw, holdMs }: Blow): Promise<void> {
  await systemClock.sleep(1 + draw(holdMs));
}

function cut(name: string, from: readonly ("bus" | "database")[]): Fault {
  return {
    ...{ name, on: "node" },
    async strike(cluster, blow) {
      const node = anyNode(cluster, blow);
      node.cut(from, { silently: blow.draw(2) === 0 });
      await hold(blow);
      node.heal();
    },
  };
}

/** All kinds. */
export const FAULTS: readonly Fault[] = [
  {
    name: "node killed",
    async strike(cluster, blow) {
      const node = anyNode(cluster, blow);
      await node.process.kill();
      await hold(blow);
      await node.process.resume();
    },
  },
  {
    ...{ name: "node paused", on: "node" },
    async strike(cluster, blow) {
      const node = anyNode(cluster, blow);
      node.process.signal("SIGSTOP");
      await systemClock.sleep(blow.pauseMs);
      node.process.signal("SIGCONT");
    },
  },
  cut("node cut from NATS", ["bus"]),
  cut("node cut from PostgreSQL", ["database"]),
  cut("node cut from both", ["bus", "database"]),
  {
    ...{ name: "NATS killed", on: "nats" },
    async strike(cluster, blow) {
      await cluster.nats.kill();
      await hold(blow);
      await cluster.nats.resume();
    },
  },
  {
    ...{ name: "PostgreSQL killed", on: "database" },
    async strike({ database }, blow) {
      await database.primary.kill();
      await hold(blow);
      await database.primary.resume();
    },
  },
  {
    ...{ name: "PostgreSQL restarted", on: "database" },
    async strike({ database }, blow) {
      await database.primary.stop();
      await hold(blow);
      await database.primary.resume();
    },
  },
  {
    ...{ name: "PostgreSQL's disk full", on: "database" },
    missing: () => canMount() ? undefined : "the right to mount a disk",
    strike: ({ database }, blow) => database.fillDisk(() => hold(blow)),
  },
  {
    ...{ name: "PostgreSQL failed over", on: "database" },
    strike: ({ database, nodes }) =>
      database.failOver(() => {
        for (const node of nodes) node.redirect(database.socket);
      }),
  },
  {
    name: "node with another clock",
    missing: () => existsSync(FAKETIME) ? undefined : "libfaketime",
    async strike(cluster, blow) {
      const node = anyNode(cluster, blow);
      await node.process.kill();
      const minutes = MINUTES_APART[blow.draw(MINUTES_APART.length)];
      await node.process.resume({
        LD_PRELOAD: FAKETIME,
        FAKETIME: `${blow.draw(2) === 0 ? "+" : "-"}${minutes}m`,
        // What it waits by goes on as ever.
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      });
    },
  },
];
