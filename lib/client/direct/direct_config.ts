/** What `config.toml` says of direct connections: table `[p2p]`. */

import { DEFAULT_DIRECT, type DirectSettings, P2P_MODES, parseP2pMode } from "./direct_settings.ts";
import { type HostPort, parseHostPort, parseIp } from "../../net/addresses/address.ts";
import { MAX_DIRECT_ADDRESSES } from "../../protocol/peer/direct.ts";
import { badConfig, type ConfigPlace, readConfigTable } from "../../storage/config_table.ts";

const KEYS: readonly string[] = ["mode", "addresses", "port"];

/** Of the whole file. Pure. Throws UsageError for what cannot be meant. */
export function parseDirectConfig(text: string): DirectSettings {
  const { mode = DEFAULT_DIRECT.mode, addresses = [], port } = readConfigTable(text, "p2p", KEYS);
  const at = (key: string): ConfigPlace => ({ text, table: "p2p", key });
  const known = typeof mode === "string" ? parseP2pMode(mode) : undefined;
  if (known === undefined) {
    const choices = P2P_MODES.map((one) => `"${one}"`).join(", ");
    throw badConfig(`mode in [p2p] is one of ${choices}`, at("mode"));
  }
  const example = `addresses in [p2p] is a list like ["203.0.113.9:7000", "127.0.0.1"], ` +
    `of at most ${MAX_DIRECT_ADDRESSES}`;
  if (!Array.isArray(addresses) || addresses.length > MAX_DIRECT_ADDRESSES) {
    throw badConfig(example, at("addresses"));
  }
  const typed = addresses.map((one) => typeof one === "string" ? readAddress(one) : undefined);
  const read = typed.filter((one) => one !== undefined);
  if (read.length < typed.length) throw badConfig(example, at("addresses"));
  if (port === undefined) return { mode: known, addresses: read };
  const number = typeof port === "number" ? parseUdpPort(String(port)) : undefined;
  if (number === undefined) {
    throw badConfig("port in [p2p] is a number like 8001, from 1 to 65535", at("port"));
  }
  return { mode: known, addresses: read, port: number };
}

/** The UDP port for direct connections that a person typed. Undefined for what is none. */
export function parseUdpPort(text: string): number | undefined {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** An address of one machine, never a name: whoever is told it must not have to ask others where that is. */
function readAddress(text: string): HostPort | undefined {
  const address = parseHostPort(text, 0);
  return address !== undefined && parseIp(address.host) !== undefined ? address : undefined;
}
