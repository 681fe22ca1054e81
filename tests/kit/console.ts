/** The console of a TestServer, and what it did with the process. */

import { ConsoleRunner } from "../../lib/admin/console/console_runner.ts";
import type { Controls } from "../../lib/admin/console/console_row.ts";
import type { DataResult } from "../../lib/admin/moderation/data_row.ts";
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

  reload(): Promise<DataResult> {
    this.did.push("reload");
    return Promise.resolve({ facts: [], lines: ["reloaded"] });
  }

  stop(): void {
    this.did.push("stop");
  }
}

export function makeRunner(
  server: TestServer,
  controls: Controls = new FakeControls(),
): ConsoleRunner {
  const operator = new Operator(server.parts, server.host, {
    tasks: () => ["listener", "upkeep"],
  });
  return new ConsoleRunner(operator, controls);
}
