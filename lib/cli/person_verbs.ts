/** The person's commands as verbs of the command line. */

import { findContact } from "../app/find_contact.ts";
import type { PersonCommands, PersonContext, PersonRow } from "../app/person_row.ts";
import { Submission } from "../app/submission.ts";
import { shortTime } from "../app/when.ts";
import { Bug } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import { streamsOf } from "../client/client_streams.ts";
import { type CommandResult, finish, type RowSpec, spell } from "../commands/command_row.ts";
import type { ArgumentSpec, Whole } from "../commands/command_table.ts";
import { EXIT } from "../commands/exit_code.ts";
import { present, type Report, type Wording } from "../commands/wording.ts";
import type { Context } from "./context.ts";
import { readText, STDIN_OPTION } from "./text_input.ts";
import type { Verb } from "./verb.ts";
import { PICTURE_OPTIONS } from "./video/open_viewer.ts";
import { surfaceAt } from "./video/surface.ts";

/** Every row that is a verb. */
export function verbsOf<Kinds extends object>(
  { rows, wording }: PersonCommands<Kinds>,
): readonly Verb[] {
  return rows.filter(({ verb }) => verb !== "none").map((row) => verbOf(row, wording));
}

function verbOf<Kinds extends object>(row: PersonRow<Kinds>, wording: Wording<Kinds>): Verb {
  return {
    ...verbSpec(row),
    async run(context, values) {
      row.check?.(values, context.clock);
      const text = row.text && await readText(values, { ...row.text, signal: context.signal });
      const submission = row.submission && new Submission(row.submission);
      context.submission = submission;
      const isLocal = !row.needs.includes("connection") || row.isLocal?.(values) === true;
      const client = isLocal ? await context.openClient() : await openFor(row, context);
      const tell = async (reports: readonly Report<Kinds>[]) => {
        for (const report of reports) await showReport(context, report, wording);
      };
      const person = {
        ...personAt(context, client, submission),
        text: () => given(text),
        video: row.needs.includes("video") ? surfaceAt(context, client, values) : undefined,
      };
      const run = () => finish(row.run(person, values, { signal: context.signal }), tell);
      const { reports, ends, exit = EXIT.done } = await whileReceiving(row, client, run);
      if (ends !== undefined) await client.close();
      if (ends?.wipes === true) await (await context.keeper()).wipe();
      await tell(reports);
      return exit;
    },
  };
}

/** Names the conversation of a row that needs one. */
const CONVERSATION: ArgumentSpec = {
  name: "NAME",
  takes: "conversation",
  summary: "in the conversation with whom, or a room as #256 or #ops",
  required: true,
};

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
    send: async () => void await client.flush(),
    ask: {
      text: (question) => person.ask(`${question}:`),
      secretFile: (file) => person.readSecret(file),
      password: (prompt, file) => person.password(file, { twice: false, prompt }),
      newPassword: (prompt, file) => person.password(file, { twice: true, prompt }),
    },
    isConnected: () => client.isOnline,
    resolve: (path) => person.path(path),
    findContact: (name) => findContact(client, name),
    greet: () => context.greetFor(client, context.signal),
    keeper: () => context.keeper(),
  };
}

/**
 * A report as a line or as an object, as `--json` decides; a note beside the data. Of what is sent a person reads a note: what
 * becomes of it is the data.
 */
export async function showReport<Kinds extends object>(
  { output, clock, submission }: Pick<Context, "output" | "clock" | "submission">,
  report: Report<Kinds>,
  wording: Wording<Kinds>,
  { isSent = false }: { readonly isSent?: boolean } = {},
): Promise<void> {
  const { lines, object } = present(report, wording, {
    time: (atMs) => shortTime(atMs, clock.nowMs()),
    command: (row, rest) => `heliograph ${row} ${rest}`,
    isDialogue: false,
  });
  if (object !== undefined) {
    const { type, fields } = object;
    const all = { ...fields, ...submission?.fields() };
    if (!isSent && lines.length > 0) return await output.fact(type, all, lines.join("\n"));
    await output.object(type, all);
  }
  for (const line of lines) await output.note(line);
}
