/** App clients for tests that run no front end. */

import { AppClient } from "../../lib/app/conversations/app_client.ts";
import type { Client } from "../../lib/client/client.ts";

/** One that connects nothing and tells nobody. */
export function appOf(client: Client): AppClient {
  const connect = () => Promise.reject(new Error("nobody connects this"));
  return new AppClient({ client, connect }, new AbortController().signal);
}
