/** The person's commands as verbs of the command line. */

import { findContact } from "../app/find_contact.ts";
import { findRecipient } from "../app/recipient.ts";
import type { ShownSource } from "../app/video_surface.ts";
import type { PersonCommands, PersonContext, PersonRow } from "../app/person_row.ts";
import { Submission } from "../app/submission.ts";
import { shortTime } from "../app/when.ts";
import { Bug, TrustError } from "../base/errors.ts";
import type { Peer } from "../base/ids.ts";
import { untilSent } from "../client/sending/until_sent.ts";
import type { CommandValues } from "../commands/command_values.ts";
import type { Client } from "../client/client.ts";
import { streamsOf } from "../client/client_streams.ts";
import {
  type CommandResult,
  finish,
  type RowSpec,
  type Share,
  spell,
} from "../commands/command_row.ts";
import type { ArgumentSpec, Whole } from "../commands/command_table.ts";
import { EXIT } from "../commands/exit_code.ts";
import { present, type Report, type Wording } from "../commands/wording.ts";
import { qrRows } from "../terminal/cells/qr_rows.ts";
import type { Context } from "./context.ts";
import { openSource } from "./streams/stream_source.ts";
import { readText, STDIN_OPTION } from "./text_input.ts";
import type { Verb } from "./verb.ts";
import { PICTURE_OPTIONS } from "./video/open_viewer.ts";
import { surfaceAt } from "./video/surface.ts";
import { whileConnected } from "./while_connected.ts";
import { CONVERSATION } from "../app/person_row.ts";

/** Every row that is a verb. */
export function verbsOf<Kinds extends object>(
  { rows, wording }: PersonCommands<Kinds>,
): readonly Verb[] {
  return rows.filter(({ verb }) => verb !== "none").map((row) => verbOf(row, wording));
}

function verbOf<Kinds extends object>(row: PersonRow<Kinds>, wording: Wording<Kinds>): Verb {
  const spec = verbSpec(row);
  return {
    ...spec,
    async run(context, values) {
      row.check?.(values, context.clock);
      await using owned = new AsyncDisposableStack();
      const source = row.needs.includes("source")
        ? await openShown(context, values, owned)
        : undefined;
      const text = row.text && await readText(values, { ...row.text, signal: context.signal });
      const submission = row.submission && new Submission(row.submission);
      context.submission = submission;
      const isLocal = !row.needs.includes("connection") || row.isLocal?.(values) === true;
      const client = isLocal ? await context.openClient() : await openFor(row, context);
      const conversation = row.needs.includes("conversation")
        ? await findRecipient(client, values.required(spec.arguments[0].name))
        : undefined;
      const tell = async (reports: readonly Report<Kinds>[], shownIn: ShownIn) => {
        for (const report of reports) await showReport(shownIn, report, wording);
      };
      const person = {
        ...personAt(context, client, submission),
        ...{ conversation, source, text: () => given(text) },
        ...conversation && { send: () => sendTo(context, client, conversation.peer) },
        video: row.needs.includes("video") ? surfaceAt(context, client, values) : undefined,
      };
      // What is told on the way says nothing yet of what is to be sent.
      const onTheWay = { output: context.output, clock: context.clock, submission: undefined };
      const run = (signal = context.signal) =>
        finish(row.run(person, values, { signal }), (reports) => tell(reports, onTheWay));
      const lasting = row.lasting?.(values);
      const { reports, shares, ends, exit = EXIT.done } = lasting === undefined
        ? await whileReceiving(row, client, run)
        : await whileConnected(context, client, lasting, run);
      if (ends !== undefined) await client.close();
      if (ends?.wipes === true) await (await context.keeper()).wipe();
      await tell(reports, context);
      if (shares !== undefined) await showCode(context, shares);
      return exit;
    },
  };
}

/** For a camera, where a person looks at a terminal. */
async function showCode({ output, options }: Context, { text }: Share): Promise<void> {
  if (options.isPlain || !Deno.stdout.isTerminal()) return;
  for (const row of qrRows(text, "light")) await output.line(row);
}

/** How a row stands among the verbs. At the command line no conversation is open. */
export function verbSpec(row: RowSpec & Pick<PersonRow<never>, "text">): Whole {
  const spec = spellUnopened(row, row.verb, { argument: CONVERSATION, example: "bob" });
  const own = row.text === undefined ? [] : [STDIN_OPTION];
  const pictures = row.needs.includes("video") ? PICTURE_OPTIONS : [];
  return { ...spec, options: [...own, ...spec.options, ...pictures] };
}

/** The text of a row that takes one. */
export function given(text: string | undefined): Promise<string> {
  if (text !== undefined) return Promise.resolve(text);
  return Promise.reject(new Bug("Cannot read a text: this verb takes none"));
}

/** How a row stands where no conversation is open: one that needs one is told it first. */
export function spellUnopened(
  row: RowSpec,
  spelling: Parameters<typeof spell>[1],
  { argument, example }: { readonly argument: ArgumentSpec; readonly example: string },
): Whole {
  const spec = spell(row, spelling);
  const words = spec.arguments.map((one) => one.unopened ?? one);
  if (!row.needs.includes("conversation")) return { ...spec, arguments: words };
  const named = spelling === "none" ? undefined : spelling?.named;
  if (named !== undefined) return { ...spec, arguments: [named, ...words] };
  return {
    ...spec,
    arguments: [argument, ...words],
    examples: spec.examples.map(({ line, summary }) => ({
      line: `${spec.name} ${example}${line.slice(spec.name.length)}`,
      summary,
    })),
  };
}

/** Tried before anything is connected for it. */
async function openShown(
  { person, signal }: Context,
  values: CommandValues,
  owned: AsyncDisposableStack,
): Promise<ShownSource> {
  const source = await openSource(values, values.argument("FILE"), (path) => person.path(path));
  owned.defer(() => source.close());
  await source.requirePicture(signal);
  return source;
}

/** At a first contact the conversation may be only beginning. Throws TrustError. */
async function sendTo(
  { output, signal }: Context,
  client: Client,
  peer: Peer,
): Promise<void> {
  const end = await untilSent(client.messenger, peer, { flush: () => client.flush(), signal });
  if (end.is !== "held") return;
  if (end.error instanceof TrustError) throw end.error;
  await output.note(`Not sent yet: ${end.error.message}. It will be tried again`);
}

async function openFor<Kinds extends object>(
  { needs }: PersonRow<Kinds>,
  context: Context,
): Promise<Client> {
  const client = await context.connectClient();
  if (needs.includes("arrivals")) await client.sync();
  return client;
}

async function whileReceiving<Kinds extends object>(
  { needs }: PersonRow<Kinds>,
  client: Client,
  run: () => Promise<CommandResult<Kinds>>,
): Promise<CommandResult<Kinds>> {
  if (!needs.includes("receiving")) return await run();
  return await client.receiving(async (caughtUp) => {
    await caughtUp;
    return await run();
  });
}

/** What a row works with at the command line, where no conversation is open. */
export function personAt(
  context: Context,
  client: Client,
  submission: Submission | undefined,
): PersonContext {
  const { person } = context;
  return {
    client,
    submission,
    conversation: undefined,
    text: () => given(undefined),
    id: undefined,
    addressed: undefined,
    people: undefined,
    video: undefined,
    source: undefined,
    streams: () => streamsOf(client),
    downloads: context.options.downloads,
    isDialogue: false,
    spelled: (row) => row,
    connect: () => context.connect(client, context.signal),
    send: async ({ afterArrivals } = { afterArrivals: false }) => {
      if (!afterArrivals) return void await client.flush();
      await client.receiving(async (caughtUp) => {
        await caughtUp;
        await client.flush();
      });
    },
    ask: person,
    isConnected: () => client.isOnline,
    resolve: (path) => person.path(path),
    findContact: (name) => findContact(client, name),
    greet: () => context.greetFor(client, context.signal),
    keeper: () => context.keeper(),
  };
}

/** Where reports are shown. */
type ShownIn = Pick<Context, "output" | "clock" | "submission">;

/**
 * A report as a line or as an object, as `--json` decides; a note beside the data. Of what is sent a person reads a note: what
 * becomes of it is the data.
 */
export async function showReport<Kinds extends object>(
  { output, clock, submission }: ShownIn,
  report: Report<Kinds>,
  wording: Wording<Kinds>,
  { isSent = false }: { readonly isSent?: boolean } = {},
): Promise<void> {
  const { lines, object, aside } = present(report, wording, {
    time: (atMs) => shortTime(atMs, clock.nowMs()),
    command: (row, rest) => `heliograph ${row} ${rest}`,
    isDialogue: false,
  });
  if (object !== undefined) {
    const { type, fields } = object;
    const all = { ...fields, ...submission?.fields() };
    if (aside === undefined && !isSent && lines.length > 0) {
      return await output.fact(type, all, lines.join("\n"));
    }
    await output.object(type, all);
    if (aside === "for-people" && output.isJson) return;
  }
  for (const line of lines) await output.note(line);
}
