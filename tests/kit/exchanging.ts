/** What clients of a scenario have for each other goes there and back. */

import type { TestClient } from "./test_client.ts";

/** Everybody sends what waits and takes up what came, in turn, until nothing more comes of it. */
export async function exchange(...clients: readonly TestClient[]): Promise<void> {
  for (let round = 0; round < 3; round++) {
    for (const { client } of clients) {
      await client.flush();
      await client.sync();
    }
  }
}
