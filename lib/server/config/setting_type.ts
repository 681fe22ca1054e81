/** What the value of a setting must be, and what is wrong with one. */

import { parseAccountName } from "../../base/account_name.ts";
import { parseHostPort } from "../../net/addresses/address.ts";
import { parseAddressList } from "../../net/addresses/address_list.ts";
import { parseBusUrl } from "./bus_url.ts";
import { parseSpoolPlace } from "./spool_url.ts";
import { parseStoreUrl } from "./store_url.ts";

/** What a value must be. */
export type SettingType =
  /** HOST:PORT. */
  | { readonly is: "address" }
  /** Addresses and networks, with commas between them. */
  | { readonly is: "addresses" }
  /** Of a PostgreSQL database. */
  | { readonly is: "store" }
  /** A folder, or of a bucket. */
  | { readonly is: "spool" }
  /** Of a NATS server, or `none`. */
  | { readonly is: "bus" }
  /** Of a node. */
  | { readonly is: "node" }
  /** Of an account. */
  | { readonly is: "name" }
  /** Relative ones are relative to the file that they stand in, else to where the person was. */
  | { readonly is: "path" }
  /** Words for people, of so many UTF-16 units. */
  | { readonly is: "text"; readonly most: number }
  | { readonly is: "count"; readonly least: number; readonly most: number }
  | { readonly is: "choice"; readonly choices: readonly string[] }
  | { readonly is: "switch" };

/** One word of a host's name, so that it can be one. */
const NODE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

/** What is wrong with a value as text; undefined when nothing is. */
export function problemOf(
  { key, type }: { readonly key: string; readonly type: SettingType },
  text: string,
): string | undefined {
  switch (type.is) {
    case "address":
      return parseHostPort(text) === undefined ? `${key} is HOST:PORT, not ${text}` : undefined;
    case "addresses": {
      const parsed = parseAddressList(text);
      return parsed.ok ? undefined : `${key} is addresses and networks, not ${parsed.wrong}`;
    }
    case "name": {
      const parsed = parseAccountName(text);
      return parsed.ok ? undefined : `${key} is not a valid account name: ${parsed.message}`;
    }
    case "store": {
      const parsed = parseStoreUrl(text);
      return parsed.ok ? undefined : `${key} ${parsed.message}`;
    }
    case "spool": {
      const parsed = parseSpoolPlace(text);
      return parsed.ok ? undefined : `${key} ${parsed.message}`;
    }
    case "bus": {
      if (text === "none") return undefined;
      const parsed = parseBusUrl(text);
      return parsed.ok ? undefined : `${key} ${parsed.message}`;
    }
    case "node":
      return NODE_NAME.test(text)
        ? undefined
        : `${key} is 1 to 32 of a to z, 0 to 9 and -, not ${text}`;
    case "text":
      return text.length > type.most ? `${key} has more than ${type.most} characters` : undefined;
    case "path":
      return text === "" ? `${key} is empty` : undefined;
    case "count": {
      const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
      if (number >= type.least && number <= type.most) return undefined;
      return `${key} is ${type.least} to ${type.most}, not ${text}`;
    }
    case "choice":
      if (type.choices.includes(text)) return undefined;
      return `${key} is one of ${type.choices.join(", ")}, not ${text}`;
    case "switch":
      return text === "true" || text === "false"
        ? undefined
        : `${key} is true or false, not ${text}`;
  }
}
