/** The person's commands as slash commands of the dialogue and of the full screen. */

import { type Ask, chooseByNumber, typedSecret } from "../../app/ask.ts";
import type { PersonCommands, PersonContext, PersonRow } from "../../app/person_row.ts";
import { showPeer } from "../../app/names.ts";
import { shortTime } from "../../app/when.ts";
import {
  type AnswerPage,
  type CommandResult,
  finish,
  type NamedConversation,
  type RowSpec,
  spell,
} from "../../commands/command_row.ts";
import type { CommandSpec } from "../../commands/command_table.ts";
import { present, type Report, type Voice, type Wording } from "../../commands/wording.ts";
import { streamsOf } from "../../client/client_streams.ts";
import type { OfferKinds } from "../../app/commands/offers.ts";
import type { TransferKinds } from "../../app/commands/transfers.ts";
import { placeOf } from "../../client/transfers/transfer.ts";
import { UsageError } from "../../base/errors.ts";
import { isRoom } from "../../base/ids.ts";
import { surfaceIn } from "../video/surface.ts";
import type { ChatContext, SlashCall, SlashRow } from "./slash_row.ts";

/** What the dialogue does beside running a row of a group. Undefined when it has said everything itself. */
export type AroundRows<Kinds extends object> = (
  chat: ChatContext,
  call: SlashCall & { readonly row: PersonRow<Kinds> },
  run: (signal?: AbortSignal) => Promise<CommandResult<Kinds>>,
) => Promise<CommandResult<Kinds> | undefined>;

/** The same for any group. */
export type Around = <Kinds extends object>(
  ...around: Parameters<AroundRows<Kinds>>
) => ReturnType<AroundRows<Kinds>>;

/** Every row that is a slash command. */
export function slashRowsOf<Kinds extends object>(
  commands: PersonCommands<Kinds>,
  around: AroundRows<Kinds> = (_chat, _call, run) => run(),
  wordingIn: (chat: ChatContext) => Wording<Kinds> = () => commands.wording,
): readonly SlashRow[] {
  return commands.rows.filter(({ slash }) => slash !== "none")
    .map((row) => slashRowOf(row, commands, { around, wordingIn }));
}

function slashRowOf<Kinds extends object>(
  row: PersonRow<Kinds>,
  { rows, wording }: PersonCommands<Kinds>,
  { around, wordingIn }: {
    around: AroundRows<Kinds>;
    wordingIn: (chat: ChatContext) => Wording<Kinds>;
  },
): SlashRow {
  const named = row.slash === "none" ? undefined : row.slash?.named;
  return {
    ...slashSpec(row, named),
    ...row.asks === true
      ? { takesTerminal: (chat: ChatContext) => chat.canAsk }
      : row.needs.includes("video")
      ? { takesTerminal: true as const }
      : {},
    ...(row.mayOpen === true ? { choosesPartner: true } : {}),
    async run(chat, { to, ...typed }) {
      const name = named && typed.values.maybe(named.name);
      const whom = name !== undefined && named?.isRoom === true
        ? `#${name.replace(/^#/, "")}`
        : name;
      const call = { ...typed, to: whom === undefined ? to : await chat.findPartner(whom) };
      const spelled = (other: string) => {
        const found = rows.find(({ name }) => name === other);
        return `/${found === undefined ? other : spell(found, found.slash).name}`;
      };
      const usual = wordingIn(chat);
      const linesOf = linesIn(chat, chat.voice?.reword(wording, usual) ?? usual, {
        spelled,
        // Also without a screen what was noted there is shown when it comes.
        seesOpened: call.isRuled !== true && chat.voice === undefined,
      });
      // What may be a page is shown as a whole.
      const held: Report<Kinds>[] = [];
      const print = async (reports: readonly Report<Kinds>[]): Promise<void> => {
        if (row.page === undefined) await chat.printAll(linesOf(reports));
        else held.push(...reports);
      };
      const context = {
        ...personIn(chat, call, spelled),
        video: row.needs.includes("video") ? surfaceIn(chat, call.values) : undefined,
      };
      if (row.needs.includes("conversation") && context.conversation === undefined) {
        throw new UsageError(
          "no-conversation",
          `Which conversation? Example: bob:/${row.examples[0].line}`,
        );
      }
      const done = await around(
        chat,
        { ...call, row },
        (signal = chat.signal) => finish(row.run(context, call.values, { signal }), print),
      );
      if (done === undefined) return;
      const { shares, opens, closes, ends } = done;
      if (closes !== undefined && chat.partner?.peer === closes) chat.talkToNobody();
      const opened = opens !== undefined && isRoom(opens) && call.isRuled !== true
        ? opens
        : undefined;
      if (opened !== undefined) {
        // What is said about it stands there, where there is more than one place.
        await chat.rooms.refresh();
        chat.talkTo({ peer: opened, name: chat.rooms.labelOf(opened) });
      }
      const reports = [...held, ...done.reports];
      const page: AnswerPage | undefined = shares === undefined
        ? row.page?.(call.values, reports)
        : { kind: "share", share: shares };
      if (page === undefined) await chat.printAll(linesOf(reports));
      else await chat.showPage(page, linesOf(reports));
      if (ends !== undefined) chat.leave();
      if (opened === undefined || chat.voice !== undefined || chat.drawsCards === true) return;
      await chat.print(`* Now talking to ${showPeer(opened, chat.rooms.labelOf(opened))}`);
    },
  };
}

/** Whether it is seen at a card of the open conversation. */
function isOnCard(
  { partner }: ChatContext,
  { kind, facts }: { readonly kind: PropertyKey; readonly facts: unknown },
): boolean {
  if (kind === "offered" || kind === "stream-offered") return true;
  if (kind !== "transfer-now" && kind !== "accepted" && kind !== "declined") return false;
  // The cast: these kinds are of the commands that move and answer transfers.
  const { transfer } = facts as (TransferKinds & OfferKinds)[typeof kind];
  return placeOf(transfer) === partner?.peer;
}

/** Reports of rows as lines, each with our mark before it unless it is of a list. */
function linesIn<Kinds extends object>(
  chat: ChatContext,
  wording: Wording<Kinds>,
  { spelled, seesOpened }: Pick<PersonContext, "spelled"> & Pick<Voice, "seesOpened">,
): (reports: readonly Report<Kinds>[]) => readonly string[] {
  const voice: Voice = {
    time: (atMs) => shortTime(atMs, chat.client.clock.nowMs()),
    command: (other, rest) => `${spelled(other)} ${rest}`,
    isDialogue: true,
    seesOpened,
  };
  const isShown = (report: Report<Kinds>) => chat.drawsCards !== true || !isOnCard(chat, report);
  return (reports) =>
    reports.filter(isShown).flatMap((report) => {
      const { lines, isList } = present(report, wording, voice);
      return isList ? lines : lines.map((line) => `* ${line}`);
    });
}

/** How a row stands among the slash commands. */
function slashSpec(row: RowSpec, named: NamedConversation | undefined): CommandSpec {
  const spelled = spell(row, row.slash);
  // Who knows the command line types its name here: `/file send bob x`.
  const isVerb = row.verb !== "none" && row.name.includes(" ") && row.name !== spelled.name;
  const aliases = isVerb ? [...spelled.aliases, row.name] : spelled.aliases;
  const spec = { ...spelled, aliases, exitCodes: [] };
  if (named !== undefined) return { ...spec, arguments: [named, ...spec.arguments] };
  if (!row.needs.includes("conversation")) return spec;
  const where = `It applies to the open conversation; bob:/${spec.name} … to the one with bob.`;
  return { ...spec, details: `${spec.details}\n\n${where}` };
}

function personIn(
  chat: ChatContext,
  call: SlashCall,
  spelled: PersonContext["spelled"],
): PersonContext {
  const to = call.to ?? chat.partner;
  return {
    client: chat.client,
    submission: undefined,
    text: () => Promise.resolve(call.values.argument("TEXT") ?? ""),
    id: undefined,
    conversation: to && { peer: to.peer, shown: showPeer(to.peer, to.name) },
    addressed: call.to?.peer,
    people: {
      learn: (attendant) => chat.people.learn(attendant),
      meet: (contact) => chat.people.meet(contact),
      nameOf: (peer) => chat.style.nameOf(peer),
    },
    video: undefined,
    source: call.live?.source,
    streams: () => streamsOf(chat.client),
    downloads: chat.stage.downloads,
    isDialogue: true,
    spelled,
    connect: undefined,
    send: () => Promise.resolve(chat.send()),
    ask: askIn(chat),
    isConnected: () => chat.client.isOnline,
    resolve: (path) => chat.stage.resolve(path),
    findContact: (name) => chat.findContact(name),
    greet: () => chat.greet(),
    keeper: () => chat.keeper(),
  };
}

/** Over the line that is typed, where the terminal has room for that. */
function askIn(chat: ChatContext): Ask {
  const text = (question: string) => chat.ask(question, { isSecret: false });
  return {
    isPossible: chat.canAsk,
    showsRemarks: chat.showsRemarks,
    text,
    choice: (question, choices, usual) => chooseByNumber({ text }, question, { choices, usual }),
    secret: async (question, options = {}) =>
      options.file === undefined
        ? await typedSecret(
          (again, remark) => chat.ask(`${question}${again}:`, { isSecret: true, remark }),
          options,
          chat.showsRemarks,
        )
        : await chat.readSecret(options.file),
  };
}
