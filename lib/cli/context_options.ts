/** What a verb has around it: the words of every verb's options, the folders, the person, the end of the program. */

import type { OpenShell } from "../app/shells/shell.ts";
import type { VideoSettings } from "../app/video_settings.ts";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { Client } from "../client/client.ts";
import { parseUdpPort } from "../client/direct/direct_config.ts";
import type { performHandshake } from "../client/link/handshake.ts";
import type { ArgumentSpec } from "../commands/command_table.ts";
import type { ExitCode } from "../commands/exit_code.ts";
import type { LineSimulation } from "../net/streams/line_simulation.ts";
import type { ProgramFolders } from "../storage/paths.ts";
import type { Aliases } from "./dialogue/aliases.ts";
import type { HookSettings } from "./dialogue/hook_settings.ts";
import type { LineSettings } from "./dialogue/line_settings.ts";
import type { Output } from "./output.ts";
import type { Person } from "./person.ts";
import type { OpenFullScreen } from "./screen/full_screen.ts";
import type { ServerChoice } from "./server_choice.ts";

/** What every context is made from. */
export interface ContextOptions {
  readonly output: Output;
  readonly person: Person;
  readonly folders: ProgramFolders;
  readonly profileFolder: string;
  /** Of `--token-file`. */
  readonly tokenFile: string | undefined;
  /** Where files go that are taken. Throws UsageError for what the configuration cannot mean. */
  readonly downloads: string;
  /** Whose files are listed and sent by number, if the person chose a folder. Throws likewise. */
  readonly outbox?: string | undefined;
  /** Commands of the person's own. Throws likewise. */
  readonly aliases?: Aliases;
  /** How videos are watched when nothing else is said. Throws likewise. */
  readonly video?: VideoSettings;
  /** Programs of theirs that are told what happens. Throws likewise. */
  readonly hooks?: HookSettings | undefined;
  /** From now on what cannot be meant there is as usual, and direct connections are off: whoever calls it says what is wrong. */
  readonly leaveOutWrong?: () => void;
  /** Of `--server`, or what the command's own arguments say. */
  readonly server: ServerChoice | undefined;
  readonly tls: "auto" | "off";
  /** A worse line to the server; left out, the real one. */
  readonly simulate?: LineSimulation | undefined;
  /** Reads what is set about direct connections. Throws UsageError; left out, nothing is. */
  readonly direct?: () => Promise<Client["transfers"]["direct"]["settings"]>;
  /** No escape sequence at all. */
  readonly isPlain: boolean;
  /** How a server is reached; left out, over the network. */
  readonly greet?: typeof performHandshake;
  readonly clock: Clock;
  readonly random: Random;
  readonly stopper: StopWatch;
  /** Undefined in a program that has no full screen. */
  readonly openScreen: OpenFullScreen | undefined;
  /** Undefined in a program that has no classic shells. */
  readonly openShell?: OpenShell | undefined;
  /** Undefined in a program that has no settings of a screen. */
  readonly openSettings?: ((configFolder: string) => Promise<LineSettings>) | undefined;
  /** Talks with others directly, by words behind the command; undefined in a program that cannot. The terminal must be free. */
  readonly withoutServer: ((words: readonly string[]) => Promise<ExitCode>) | undefined;
}

/** What a verb may know of the program's end. */
export interface StopWatch {
  /** Aborts at ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Has the terminal given back when the program ends in whatever way. */
  restoreAtExit(restore: () => void): void;
  /** Has ctrl-C only call `handler`. Returns what takes that back. */
  interceptInterrupt(handler: () => void): () => void;
}

// The UDP port that a person names for direct connections, as the seeds' client is called (row S3.02).

/** The last word of a call. */
export const UDP_PORT: ArgumentSpec = {
  name: "UDP_PORT",
  summary: "this machine's port for direct connections (default: any free one)",
  required: false,
};

/** Undefined where none is named. Throws UsageError. */
export function readUdpPort(text: string | undefined): number | undefined {
  const port = text === undefined ? undefined : parseUdpPort(text);
  if (text === undefined || port !== undefined) return port;
  throw new UsageError("bad-port", "The UDP port is a number from 1 to 65535, like 8001");
}
