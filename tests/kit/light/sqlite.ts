/**
 * In the place of `node:sqlite` where the gate says so (tools/test_imports.ts): databases that do not wait until the disk has what was
 * written. A process that ends finds all of it all the same; only a machine that loses its power does not, and no test does that.
 */

import { DatabaseSync as Real } from "node:sqlite";

export class DatabaseSync extends Real {
  override exec(sql: string): void {
    super.exec(sql === "PRAGMA synchronous=FULL" ? "PRAGMA synchronous=OFF" : sql);
  }
}
