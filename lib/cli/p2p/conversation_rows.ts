/** The person's commands that need no server, as commands of the `~> ` shell. Each person has a conversation of their own. */

import { showName } from "../../app/names.ts";
import type {
  ConversationCommands,
  ConversationContext,
  ConversationRow,
} from "../../app/person_row.ts";
import type { ShownSource, StreamSurface } from "../../app/video_surface.ts";
import { Refusal, UsageError } from "../../base/errors.ts";
import { shortTime } from "../../app/when.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import type { Pair } from "../../client/p2p/pair.ts";
import { finish } from "../../commands/command_row.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { present, type Report, type Wording } from "../../commands/wording.ts";
import { watchOffered } from "../streams/show_stream.ts";
import { NoViewer } from "../video/viewer.ts";
import { spellUnopened } from "../person_verbs.ts";
import { objectLine } from "../output.ts";
import { NOBODY_KNOWN } from "./p2p_words.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";
import type { ShellRow } from "./shell_row.ts";

/** Whose conversation a command is about. */
const NAME = { name: "NAME", summary: "the person", required: true };

/** The words for what is reported of one person, by who they are and what oneself is called. */
type WordingOf<Kinds extends object> = (peer: KnownPeer, own: string) => Wording<Kinds>;

/** A row that is run, and the words for what it reports of one person. */
interface Shown<Kinds extends object> {
  readonly row: ConversationRow<Kinds>;
  readonly spelled: ConversationContext["spelled"];
  readonly wordingOf: WordingOf<Kinds>;
}

/** What is to be shown live, and what ends that. */
interface Live {
  readonly source: ShownSource;
  readonly signal: AbortSignal;
}

/** What stands around the rows of a group. */
interface Around {
  /** Whom it is about, also where nobody is named. */
  readonly peerOf?: (desk: P2pDialogue, name: string | undefined) => Promise<KnownPeer>;
  /** Said when nobody is named and nobody has anything, instead of what the row notes. */
  readonly nothing?: (desk: P2pDialogue, values: CommandValues) => Promise<void>;
  /** Runs it in another way than at once. */
  readonly show?: (
    desk: P2pDialogue,
    values: CommandValues,
    run: (peer: KnownPeer, live: Live) => Promise<void>,
  ) => Promise<void>;
}

/** Every row of a group. */
export function shellRowsOf<Kinds extends object>(
  { rows, wording }: ConversationCommands<Kinds>,
  wordingOf: WordingOf<Kinds> = () => wording,
  { peerOf, nothing, show }: Around = {},
): readonly ShellRow[] {
  const spelled = (other: string) => {
    const found = rows.find(({ name }) => name === other);
    return found?.p2p?.name ?? other;
  };
  return rows.map((row) => {
    const spec = spellUnopened(row, row.p2p, { argument: NAME, example: "julia" });
    const { name: whom } = row.p2p?.named ?? NAME;
    const isNamed = spec.arguments.some(({ name }) => name === whom);
    const { title = `${spec.summary[0].toUpperCase()}${spec.summary.slice(1)}` } = row.p2p ?? {};
    const shown = { row, spelled, wordingOf };
    return {
      ...spec,
      exitCodes: exitCodesOf(spec.exitCodes, isNamed),
      title,
      ...(isNamed ? { completes: row.p2p?.whom ?? "known" as const } : { isAddressable: true }),
      run: async (desk, values, addressed) => {
        if (show !== undefined) {
          return await show(desk, values, async (peer, live) => {
            await runFor(desk, values, { ...shown, peer, live });
          });
        }
        const name = isNamed ? values.argument(whom) : addressed;
        if (peerOf !== undefined) {
          return (await runFor(desk, values, { ...shown, peer: await peerOf(desk, name) })).exit;
        }
        if (name === undefined) return await runForAll(desk, values, { ...shown, nothing });
        const peer = row.p2p?.whom === undefined ? desk.findKnown(name) : desk.find(name);
        return (await runFor(desk, values, { ...shown, peer })).exit;
      },
    };
  });
}

/** Nobody signs in here, and nobody counts tries; but a name may be of nobody. */
function exitCodesOf(codes: readonly ExitCode[], isNamed: boolean): readonly ExitCode[] {
  const { notSignedIn, rateLimited, unknown } = EXIT;
  const here = codes.filter((code) => code !== notSignedIn && code !== rateLimited);
  return isNamed && !here.includes(unknown) ? [unknown, ...here] : here;
}

/** What only says that there is nothing is said once, when nobody has anything. */
async function runForAll<Kinds extends object>(
  desk: P2pDialogue,
  values: CommandValues,
  { nothing, ...shown }: Shown<Kinds> & Pick<Around, "nothing">,
): Promise<void> {
  const notes = new Set<string>();
  const held = (lines: readonly string[]) => lines.forEach((line) => notes.add(line));
  let isAnything = false;
  const peers = desk.node?.book.list() ?? [];
  if (peers.length === 0 && nothing === undefined) await desk.say("nobody", {}, NOBODY_KNOWN);
  for (const peer of peers) {
    if ((await runFor(desk, values, { ...shown, peer, held })).isAnything) isAnything = true;
  }
  if (isAnything) return;
  await (nothing?.(desk, values) ?? desk.say("", {}, [...notes]));
}

/** Runs a row in the conversation with one person. `isAnything`: it reported more than notes, which go to `held` if that is there. */
async function runFor<Kinds extends object>(
  desk: P2pDialogue,
  values: CommandValues,
  { row, spelled, wordingOf, peer, held, live }: Shown<Kinds> & {
    readonly peer: KnownPeer;
    readonly live?: Live;
    readonly held?: (lines: readonly string[]) => void;
  },
): Promise<{ readonly isAnything: boolean; readonly exit?: ExitCode | undefined }> {
  const wording = wordingOf(peer, desk.requireNode().me.own.name);
  let isAnything = false;
  const tell = async (reports: readonly Report<Kinds>[]) => {
    for (const report of reports) {
      const how = { wording, spelled, held, asObjects: wantsObjects(values) };
      if (await sayReport(desk, report, how)) isAnything = true;
    }
  };
  const pair = await desk.pair(peer);
  const context = {
    ...contextOf(desk, values, pair),
    ...{ spelled, source: live?.source },
    addressed: held === undefined ? peer.account : undefined,
    video: row.needs.includes("video") ? surfaceAt(desk) : undefined,
  };
  const { signal } = live ?? desk.options;
  const done = await pair.using(() => finish(row.run(context, values, { signal }), tell))
    .catch((error) => {
      // Who was asked for a text, and gave none, knows it.
      if (!(error instanceof Refusal) || error.code !== "given-up") throw error;
    });
  if (done === undefined) return { isAnything };
  const { reports, sends, exit } = done;
  if (sends !== undefined) {
    pair.wake();
    desk.follow(pair, sends);
  }
  await tell(reports);
  return { isAnything, exit };
}

/** Row S1.15: whether one command is answered as `p2p --json` answers each. */
export function wantsObjects(values: CommandValues): boolean {
  return values.maybe("--json") !== undefined;
}

/** Says one report. Returns whether it is more than a note; those go to `held` if that is there. */
async function sayReport<Kinds extends object>(
  desk: P2pDialogue,
  report: Report<Kinds>,
  { wording, spelled, held, asObjects }: {
    readonly wording: Wording<Kinds>;
    readonly asObjects: boolean;
    readonly spelled: ConversationContext["spelled"];
    readonly held?: ((lines: readonly string[]) => void) | undefined;
  },
): Promise<boolean> {
  const { object, lines } = present(report, wording, {
    time: (atMs) => shortTime(atMs, desk.options.clock.nowMs()),
    command: (other, rest) => `${spelled(other)} ${rest}`,
    isDialogue: true,
  });
  if (object === undefined && held !== undefined) held(lines);
  else {
    const { type, fields } = object ?? { type: "", fields: {} };
    const asObject = asObjects && object !== undefined;
    await desk.say(type, fields, asObject ? objectLine(type, fields) : lines);
  }
  return object !== undefined;
}

function contextOf(
  desk: P2pDialogue,
  values: CommandValues,
  pair: Pair,
): Omit<ConversationContext, "spelled" | "source" | "video" | "addressed"> {
  const { account, name } = pair.peer;
  return {
    client: pair,
    conversation: { peer: account, shown: showName(name) },
    people: { nameOf: () => name, meet: () => {} },
    ask: desk,
    text: async () => {
      const text = values.argument("TEXT") ?? await desk.text("Write a message");
      if (text === "") throw new UsageError("text-empty", "Cannot send: the text is empty");
      return text;
    },
    isConnected: () => pair.isConnected,
    streams: () => pair.streams,
    downloads: desk.options.downloads,
    submission: undefined,
    id: undefined,
    isDialogue: true,
    send: () => Promise.resolve(pair.wake()),
    resolve: desk.options.resolvePath,
    findContact: () => pair.meet(),
  };
}

/** The terminal, where there is one. */
function surfaceAt(desk: P2pDialogue): StreamSurface {
  const { openViewer, findSound, resolvePath, clock, signal } = desk.options;
  return {
    async watch(streams, stream, options) {
      if (openViewer === undefined && options.folder === undefined) {
        throw new UsageError(
          "no-terminal",
          "Cannot draw on this terminal. y --to DIR keeps the pictures",
        );
      }
      const folder = options.folder && resolvePath(options.folder);
      const tell = (line: string) => desk.say("stream-paused", {}, line);
      const watched = await desk.behindCurtain(async () => {
        await using viewer = await openViewer?.(signal) ?? new NoViewer();
        const sound = options.sound === "off" ? undefined : findSound;
        const how = { ...options, folder, viewer, tell, clock, findSound: sound };
        return await watchOffered(streams, stream, { ...how, resolve: (path) => path });
      });
      signal.throwIfAborted();
      return watched;
    },
  };
}
