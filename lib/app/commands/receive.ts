/** The command that shows what has arrived, and its words. */

import { isRoom, type Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { type HeldText, takeUnshown } from "../../client/contacts/requests.ts";
import type { PlacedEntry } from "../../client/store/history.ts";
import { result } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import type { Report, Wording } from "../../commands/wording.ts";
import { quoteWord } from "../../commands/words.ts";
import { findContact } from "../find_contact.ts";
import type { PersonCommands, PersonRow } from "../person_row.ts";
import { storedRoom } from "../rooms/find_room.ts";
import { RoomLabels } from "../rooms/room_labels.ts";
import { IDS_OPTION } from "../talk/paging.ts";
import { formatTime, readWhen } from "../when.ts";
import { READ_WORDING, type ReadKinds } from "./reading_wording.ts";

/** Every kind of report of this command. */
interface ReceiveKinds extends Pick<ReadKinds, "entry"> {
  /** What a stranger said: it waits for the person's word all the same. */
  "requested": HeldText;
  "stranger": { readonly account: HeldText["from"] };
  "nothing-arrived": Record<never, never>;
}

type ReceiveReports = readonly Report<ReceiveKinds>[];

const WORDING: Wording<ReceiveKinds> = {
  "entry": READ_WORDING["entry"],
  "requested": {
    type: "message",
    fields: ({ id, from, text, sentAtMs, atMs }) => ({
      ...{ id, from, conversation: from, request: true, own: false, text },
      sent: new Date(sentAtMs).toISOString(),
      at: new Date(atMs).toISOString(),
    }),
    line: ({ from, text, atMs }) =>
      `request of ${from} ${formatTime(atMs)} ${replaceEmoticons(text)}`,
  },
  "stranger": {
    isNote: true,
    line: ({ account }, { command }) => {
      const name = quoteWord(account);
      const accept = command("accept", name);
      return `You do not know ${account}: answer with ${accept}, decline ${name} or block ${name}`;
    },
  },
  "nothing-arrived": { isNote: true, line: () => "nothing new" },
};

const receive: PersonRow<ReceiveKinds> = {
  name: "receive",
  aliases: ["recv"],
  group: "Messages",
  summary: "receive new messages and show them",
  options: [
    { flag: "--follow", summary: "keep receiving until ctrl-C" },
    { flag: "--from", valueName: "NAME", summary: "only messages from this person" },
    { flag: "--room", valueName: "ROOM", summary: "only messages in this room" },
    {
      flag: "--since",
      valueName: "WHEN",
      summary:
        "all messages since then, read or unread: 2h, 14:30, yesterday, monday 9:00, 1 Jun 2022 16:00:00",
    },
    IDS_OPTION,
  ],
  examples: [
    { line: "receive --json", summary: "one object per message" },
    { line: "receive --follow --from bob", summary: "bob's messages, as they arrive" },
  ],
  exitCodes: [3, 4, 5, 6, 7],
  needs: ["server", "connection", "arrivals"],
  slash: "none",
  // It begins also while the server is away.
  isLocal: (values) => values.has("--follow"),
  lasting: (values) =>
    values.has("--follow") ? { lost: (_client, reason) => `${reason}. Trying again` } : undefined,
  async *run({ client }, values, { signal }) {
    const { talk, clock, profile: { writes } } = client;
    const arrivals = await Arrivals.of(client, values);
    if (!values.has("--follow")) {
      const count = yield* arrivals.show();
      return count === 0 ? result("nothing-arrived", {}) : { reports: [] };
    }
    const againMs = () => talk.nextDueMs === undefined ? undefined : talk.nextDueMs - clock.nowMs();
    for await (const _ of writes.looks({ againMs, signal })) {
      await talk.refresh();
      yield* arrivals.show();
    }
    return { reports: [] };
  },
};

/** What has come and was not shown, as far as the options want it. */
class Arrivals {
  readonly #client: Client;
  readonly #values: CommandValues;
  readonly #rooms: RoomLabels;
  readonly #sinceMs: number | undefined;
  #from: Peer | undefined;
  #room: Peer | undefined;
  #place: number | undefined;

  private constructor(client: Client, values: CommandValues, rooms: RoomLabels) {
    this.#client = client;
    this.#values = values;
    this.#rooms = rooms;
    const since = values.option("--since");
    this.#sinceMs = since === undefined ? undefined : readWhen(since, client.clock);
  }

  static async of(client: Client, values: CommandValues): Promise<Arrivals> {
    return new Arrivals(client, values, await RoomLabels.of(client));
  }

  /** Reports what is new each time that it is called; returns how much. Throws Refusal `unknown-account`, `unknown-room`. */
  async *show(): AsyncGenerator<ReceiveReports, number> {
    await this.#findWanted();
    const { messenger: { history }, talk } = this.#client;
    const last = history.lastPlace;
    // Most looks find nothing, and open nothing.
    const asked = this.#sinceMs === undefined ? yield* this.#showRequests() : 0;
    if (last === this.#place) return asked;
    const from = this.#place ?? 0;
    this.#place = last;
    const entries = this.#sinceMs === undefined
      ? await history.unshown()
      : await history.after(from);
    // What is filtered out has not been shown to anyone.
    const wanted = entries.filter((entry) =>
      !entry.own && entry.place > from && entry.place <= last && this.#isWanted(entry) &&
      entry.atMs >= (this.#sinceMs ?? -Infinity)
    );
    for (const entry of wanted) {
      // Lines of the program tell of names and of members.
      if (isRoom(entry.peer) && (entry.kind === "notice" || !this.#rooms.has(entry.peer))) {
        await this.#rooms.refresh();
      }
      const [rooms, ids] = [this.#rooms, this.#values.has("--ids")];
      yield result("entry", { entry, facts: await talk.factsOf(entry), rooms, ids }).reports;
    }
    talk.markShown(wanted);
    return asked + wanted.length;
  }

  /** They are shown once, as what they are. Returns of how many strangers. */
  async *#showRequests(): AsyncGenerator<ReceiveReports, number> {
    const isWanted = (from: HeldText["from"]) => this.#isWanted({ from, peer: from });
    const requests = await takeUnshown(this.#client.messenger, isWanted);
    for (const { account, texts } of requests) {
      for (const text of texts) yield result("requested", text).reports;
      yield result("stranger", { account }).reports;
    }
    return requests.length;
  }

  /** Found with a connection, which may be there only now. */
  async #findWanted(): Promise<void> {
    const [name, room] = [this.#values.option("--from"), this.#values.option("--room")];
    if (name !== undefined) this.#from ??= (await findContact(this.#client, name)).account;
    if (room !== undefined) this.#room ??= await storedRoom(this.#client, room);
  }

  #isWanted({ from, peer }: Pick<PlacedEntry, "from" | "peer">): boolean {
    return (this.#from ?? from) === from && (this.#room ?? peer) === peer;
  }
}

/** `receive`. */
export const RECEIVE: PersonCommands<ReceiveKinds> = { rows: [receive], wording: WORDING };
