/**
 * What an operator can set, as data: one row is a key of the file, an option of `serve`, and a variable of the environment.
 * From here come reading, checking, `config show`, and the example file.
 */

import { MOTD_MAX_LENGTH } from "../../protocol/hop/server.ts";
import { LOG_LEVELS } from "../../base/log.ts";
import type { SettingType } from "./setting_type.ts";

/** One setting. */
export interface Setting {
  /** In the file; `--KEY` on the command line, `HELIOGRAPH_KEY` in the environment. */
  readonly key: string;
  readonly type: SettingType;
  /** What follows the option, e.g. `DIR`; none for a switch. */
  readonly valueName?: string;
  readonly summary: string;
  /** As `config show` tells it when nobody has set it. */
  readonly otherwise: string;
  /** What the example file shows. */
  readonly example: string;
  /** Whether `reload` changes it in a server that runs. */
  readonly live?: true;
}

/** Every setting, in the order of the example file. */
export const SETTINGS: readonly Setting[] = [
  {
    key: "listen",
    type: { is: "address" },
    valueName: "HOST:PORT",
    summary: "where to listen (default: 0.0.0.0:9797); port 0 takes any free one",
    otherwise: "0.0.0.0:9797",
    example: '"0.0.0.0:9797"',
  },
  {
    key: "public-address",
    type: { is: "address" },
    valueName: "HOST",
    summary: "the address in invites, with a port if it is another one",
    otherwise: "this machine's first address that others reach",
    example: '"chat.example.org"',
  },
  {
    key: "proxies",
    type: { is: "addresses" },
    valueName: "LIST",
    summary: "only these connect for others, by PROXY protocol v2, and must",
    otherwise: "none",
    example: '"10.0.0.2, fd00:1::/64"',
  },
  {
    key: "data",
    type: { is: "path" },
    valueName: "DIR",
    summary: "the folder of accounts, keys and messages",
    otherwise: "see heliograph-server paths",
    example: '"/var/lib/heliograph"',
  },
  {
    key: "store",
    type: { is: "store" },
    valueName: "URL",
    summary: "accounts and messages in PostgreSQL, e.g. postgres://USER@HOST/DATABASE",
    otherwise: "server.db in the data folder",
    example: '"postgres://heliograph@db.example.org/heliograph"',
  },
  {
    key: "store-password-file",
    type: { is: "path" },
    valueName: "FILE",
    summary: "the password of store, in one line",
    otherwise: "none",
    example: '"/etc/heliograph-server/store.password"',
  },
  {
    key: "spool",
    type: { is: "spool" },
    valueName: "PLACE",
    summary: "files on their way that several nodes share: a folder, or s3://HOST/BUCKET",
    otherwise: "spool in the data folder",
    example: '"/mnt/shared/heliograph"',
  },
  {
    key: "spool-credentials-file",
    type: { is: "path" },
    valueName: "FILE",
    summary: "what opens the bucket of spool: the id of its access key, and the secret key below",
    otherwise: "none",
    example: '"/etc/heliograph-server/spool.credentials"',
  },
  {
    key: "bus",
    type: { is: "bus" },
    valueName: "URL",
    summary: "several nodes on one store: their NATS, e.g. nats://USER@HOST, or none without one",
    otherwise: "this node is alone",
    example: '"tls://heliograph@nats.example.org"',
  },
  {
    key: "bus-password-file",
    type: { is: "path" },
    valueName: "FILE",
    summary: "the password of bus, in one line",
    otherwise: "none",
    example: '"/etc/heliograph-server/bus.password"',
  },
  {
    key: "node",
    type: { is: "node" },
    valueName: "NAME",
    summary: "the name of this node, other than those of all others",
    otherwise: "none",
    example: '"one"',
  },
  {
    key: "workers",
    type: { is: "count", least: 1, most: 64 },
    valueName: "COUNT",
    summary: "so many processes behind one port (Linux), each of them a node: needs store and bus",
    otherwise: "1",
    example: "4",
  },
  {
    key: "videos",
    type: { is: "path" },
    valueName: "DIR",
    summary: "the videos that everyone may watch",
    otherwise: "videos in the data folder, or beside the program",
    example: '"/srv/videos"',
  },
  {
    key: "frame-quota",
    type: { is: "count", least: 64, most: 100_000_000 },
    valueName: "MB",
    summary: "most megabytes of pictures extracted from videos (default: 4000)",
    otherwise: "4000",
    example: "4000",
  },
  {
    key: "registration",
    type: { is: "choice", choices: ["open", "invite", "closed"] },
    valueName: "WHO",
    summary: "who may register (default: open)",
    otherwise: "open",
    example: '"invite"',
    live: true,
  },
  {
    key: "registration-rate",
    type: { is: "count", least: 1, most: 1_000_000 },
    valueName: "N",
    summary: "accounts per hour from one network without an invite (default: 60); as many at once",
    otherwise: "60",
    example: "60",
    live: true,
  },
  {
    key: "invites",
    type: { is: "count", least: 0, most: 1000 },
    valueName: "N",
    summary: "people per day that each account may invite with registration invite (default: 5)",
    otherwise: "5",
    example: "5",
    live: true,
  },
  {
    key: "motd",
    type: { is: "text", most: MOTD_MAX_LENGTH },
    valueName: "TEXT",
    summary: "shown to everyone who connects",
    otherwise: "nothing",
    example: '"The server restarts on Sunday at 22:00"',
    live: true,
  },
  {
    key: "lobby",
    type: { is: "text", most: 32 },
    valueName: "ROOM",
    summary: "the open room shown to new accounts, by name or number",
    otherwise: "none",
    example: '"lobby"',
    live: true,
  },
  {
    key: "requests",
    type: { is: "choice", choices: ["all", "strangers"] },
    valueName: "WHOSE",
    summary:
      "whose first messages wait as requests (default: strangers); all: accounts here know each other, and texts need no request",
    otherwise: "strangers",
    example: '"all"',
    live: true,
  },
  {
    key: "owner",
    type: { is: "name" },
    valueName: "NAME",
    summary: "this account is an owner, now or as soon as somebody registers the name",
    otherwise: "nobody",
    example: '"yoda"',
    live: true,
  },
  {
    key: "login-attempts",
    type: { is: "count", least: 1, most: 1000 },
    valueName: "N",
    summary: "wrong passwords from one network before an account is locked for it (default: 3)",
    otherwise: "3",
    example: "3",
    live: true,
  },
  {
    key: "lock-seconds",
    type: { is: "count", least: 1, most: 900 },
    valueName: "S",
    summary:
      "length of the first lock in seconds (default: 60); each further one is twice as long, up to 900",
    otherwise: "60",
    example: "60",
    live: true,
  },
  {
    key: "message-rate",
    type: { is: "count", least: 1, most: 1_000_000 },
    valueName: "N",
    summary:
      "messages per second that one account may send for long (default: 50); 40 times that at once",
    otherwise: "50",
    example: "50",
    live: true,
  },
  {
    key: "tls",
    type: { is: "choice", choices: ["auto", "off"] },
    valueName: "MODE",
    summary: "off is only possible on this machine's own address",
    otherwise: "auto",
    example: '"auto"',
  },
  {
    key: "rendezvous",
    type: { is: "choice", choices: ["auto", "off"] },
    valueName: "MODE",
    summary: "off uses no UDP: clients do not learn their address for direct connections",
    otherwise: "auto",
    example: '"auto"',
  },
  {
    key: "ffmpeg",
    type: { is: "path" },
    valueName: "PATH",
    summary: "the ffmpeg to use (default: the one on PATH)",
    otherwise: "the one on PATH",
    example: '"/usr/bin/ffmpeg"',
  },
  {
    key: "metrics",
    type: { is: "address" },
    valueName: "HOST:PORT",
    summary:
      "health and metrics by HTTP on this address; other than on 127.0.0.1 or [::1] with a token",
    otherwise: "none",
    example: '"127.0.0.1:9798"',
  },
  {
    key: "metrics-token-file",
    type: { is: "path" },
    valueName: "FILE",
    summary: "requests for health and metrics need this token; reload reads it again",
    otherwise: "none",
    example: '"/etc/heliograph-server/metrics.token"',
  },
  {
    key: "cert",
    type: { is: "path" },
    valueName: "FILE",
    summary: "the certificate of health and metrics as PEM; clients use the server's own",
    otherwise: "the server's own",
    example: '"/etc/ssl/chat.example.org.pem"',
  },
  {
    key: "key",
    type: { is: "path" },
    valueName: "FILE",
    summary: "the private key of cert as PEM; reload reads both again",
    otherwise: "none",
    example: '"/etc/ssl/private/chat.example.org.key"',
  },
  {
    key: "ready-file",
    type: { is: "path" },
    valueName: "FILE",
    summary: "written as JSON when the server accepts connections, removed when it ends",
    otherwise: "none",
    example: '"/run/heliograph/ready.json"',
  },
  {
    key: "log-format",
    type: { is: "choice", choices: ["text", "json"] },
    valueName: "FORMAT",
    summary: "the format of log lines (default: text)",
    otherwise: "text",
    example: '"json"',
  },
  {
    key: "log-level",
    type: { is: "choice", choices: LOG_LEVELS },
    valueName: "LEVEL",
    summary: "the lowest level that is logged (default: info)",
    otherwise: "info",
    example: '"info"',
    live: true,
  },
  {
    key: "log-addresses",
    type: { is: "switch" },
    summary: "log the address or network of sign-ins and failed ones",
    otherwise: "false",
    example: "true",
    live: true,
  },
  {
    key: "no-console",
    type: { is: "switch" },
    summary: "do not read commands from the terminal",
    otherwise: "false",
    example: "true",
  },
  {
    key: "supervised",
    type: { is: "switch" },
    summary: "a restart exits with 75, for systemd or another program that starts the server again",
    otherwise: "false",
    example: "true",
  },
];

/** `HELIOGRAPH_LOG_LEVEL` of `log-level`. */
export function variableOf(key: string): string {
  return `HELIOGRAPH_${key.toUpperCase().replaceAll("-", "_")}`;
}

/** The documented example: every setting, off. */
export function exampleFile(): string {
  const rows = SETTINGS.map(({ key, summary, example, live }) => {
    const note = live === true ? `${summary} (reload changes it)` : summary;
    return `# ${note}\n# ${key} = ${example}\n`;
  });
  return [
    "# Settings of heliograph-server. An option of the command line wins over a variable of the environment\n" +
    "# (HELIOGRAPH_LOG_LEVEL for log-level), and that over this file. heliograph-server config check finds mistakes,\n" +
    "# config show says where each value comes from.\n",
    ...rows,
  ].join("\n");
}
