/** The console of a TestServer, and what it did with the process. */

import type { Controls, Reloaded } from "../../lib/admin/operator_row.ts";
import { OperatorRunner } from "../../lib/admin/operator_runner.ts";
import type { LogLevel } from "../../lib/base/log.ts";
import { Operator } from "../../lib/server/health/operator.ts";
import type { TestServer } from "./test_server.ts";

/** Stands in for the process that serves. */
export class FakeControls implements Controls {
  logLevel: LogLevel = "info";
  readonly did: string[] = [];

  setLogLevel(level: LogLevel): void {
    this.logLevel = level;
  }

  reload(): Promise<Reloaded> {
    this.did.push("reload");
    return Promise.resolve({ changed: [], needsRestart: [], certificate: null });
  }

  stop(): void {
    this.did.push("stop");
  }
}

export function makeRunner(
  server: TestServer,
  controls: Controls = new FakeControls(),
): OperatorRunner {
  const operator = new Operator(server.parts, server.host, {
    tasks: () => ["listener", "upkeep"],
  });
  return new OperatorRunner(operator, controls);
}
