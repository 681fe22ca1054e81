/** What a device is called until its owner says otherwise. */

import { utf8 } from "../../base/bytes.ts";
import { DEVICE_NAME_MAX_BYTES } from "../../protocol/limits.ts";

/** The host's name. They are short and in ASCII; one that is not would not fit. */
export function machineName(): string {
  const name = Deno.hostname();
  return name !== "" && utf8(name).length <= DEVICE_NAME_MAX_BYTES ? name : "unnamed";
}
