/** The command that shows somebody a video, a camera or a screen live, and its words. */

import { Bug } from "../../base/errors.ts";
import type { Sent } from "../../client/streams/sending.ts";
import { result, type Running } from "../../commands/command_row.ts";
import type { ArgumentSpec, OptionSpec } from "../../commands/command_table.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Report, Wording } from "../../commands/wording.ts";
import { type ConversationCommands, conversationOf, type ConversationRow } from "../person_row.ts";
import { isWatched, LOST_STREAM, requireWatched, sentStreamLine } from "../stream_lines.ts";
import type { ShownSource } from "../video_surface.ts";
import { whileTelling } from "../while_telling.ts";
import { P2P_OPTION, readWay } from "./direct.ts";

/** Every kind of report of this command. */
export interface StreamKinds {
  "stream-offered": Pick<ShownSource, "kind" | "title"> & { readonly shown: string };
  "watchers": { readonly count: number };
  "streamed": Sent;
}

/** What is shown, in words. */
export function shownWords({ kind, title }: Pick<ShownSource, "kind" | "title">): string {
  return title === "" ? `your ${kind}` : title;
}

const WORDING: Wording<StreamKinds> = {
  "stream-offered": {
    isNote: true,
    line: (facts, { isDialogue }) =>
      isDialogue
        ? `sent a request to ${facts.shown}: ${shownWords(facts)}`
        : `Waiting for ${facts.shown}. Ctrl-C ends it`,
  },
  "watchers": {
    isNote: true,
    line: ({ count }, { isDialogue }) =>
      isDialogue ? [] : count === 1 ? "1 device watches" : `${count} devices watch`,
  },
  "streamed": {
    fields: (sent) => ({ ...sent }),
    line: (sent) => isWatched(sent) ? sentStreamLine(sent) : [],
  },
};

/** Instead of a file. */
export const SOURCE_OPTIONS: readonly OptionSpec[] = [
  {
    flag: "--camera",
    valueName: "NAME",
    takes: "free",
    summary: "a camera: default, its name, or test for a test picture",
  },
  {
    flag: "--screen",
    valueName: "NAME",
    takes: "free",
    summary: "a screen: default, or its name",
  },
];

const FILE: ArgumentSpec = { name: "FILE", summary: "the video file", required: false };

const stream: ConversationRow<StreamKinds> = {
  name: "stream",
  group: "Videos",
  summary: "stream a video, camera or screen to a person or a room, end-to-end encrypted",
  details:
    "It first tries one picture from the source, and stops if there is none. Then it waits two minutes for somebody to accept, and reads the source only while somebody watches. Size and rate adapt to the line. Ctrl-C ends it; a connection lost for less than 15 s does not. --camera test streams a test picture, for machines without a camera.",
  arguments: [FILE],
  options: [...SOURCE_OPTIONS, P2P_OPTION],
  examples: [
    { line: "stream bob film.mp4", summary: "ends with the video" },
    { line: "stream '#3' --camera default", summary: "a room sees this camera" },
    { line: "stream bob --camera test", summary: "tries it out" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 11],
  needs: ["connection", "conversation", "source"],
  verb: { named: { name: "TO", summary: "the person, or a #room", required: true } },
  slash: {
    details:
      "A number is one of /ls; anything else is a path. bob:/stream 0 is the same. You can keep chatting: /stream stop ends it.",
    named: {
      name: "WHAT",
      summary: "@name or #room, unless the open conversation is meant, then a file; or stop",
      required: false,
      rest: "words",
    },
    arguments: [],
    examples: [
      { line: "stream @bob film.mp4", summary: "bob is asked, and watches" },
      { line: "stream stop", summary: "ends the stream" },
      { line: "stream @bob --camera test", summary: "a test picture" },
    ],
  },
  p2p: {
    group: "Files",
    title: "Stream a video, a camera or a screen",
    summary: "stream a video, camera or screen to somebody, end-to-end encrypted",
    details:
      "You can keep chatting, and size and rate adapt to the line: stream stop ends it. It needs ffmpeg on this machine. --camera test streams a test picture.",
    named: { name: "USERNAME", summary: "the person, or stop", required: true },
    whom: "connected",
    options: SOURCE_OPTIONS,
    examples: [
      { line: "stream julia film.mp4", summary: "julia is asked, and watches" },
      { line: "stream julia --camera test", summary: "a test picture" },
      { line: "stream stop", summary: "ends the stream" },
    ],
  },
  lasting: () => LOST_STREAM,
  async *run(context, values, { signal }): Running<StreamKinds> {
    const { source, isDialogue } = context;
    if (source === undefined) throw new Bug("Cannot show a stream: nothing is to be shown");
    const { kind, title, capture, isDevice } = source;
    const { peer, shown } = conversationOf(context);
    const mode = readWay(context.client.transfers.direct.contacts, { peer, shown }, values);
    const sent = yield* whileTelling((tell: (report: Report<StreamKinds>) => Promise<void>) =>
      context.streams().send(peer, { source: kind, title, mode }, {
        ...{ capture, isDevice, signal },
        onOffered: () => tell({ kind: "stream-offered", facts: { kind, title, shown } }),
        onWatchers: (count) => void tell({ kind: "watchers", facts: { count } }),
      })
    );
    // Over before that is said: who reads it may show something else.
    await source.close();
    if (!isDialogue) yield result("streamed", sent).reports;
    requireWatched(sent, shown);
    return {
      reports: isDialogue ? result("streamed", sent).reports : [],
      exit: sent.end === "stopped" ? EXIT.interrupted : EXIT.done,
    };
  },
};

/** `stream`. */
export const STREAMING: ConversationCommands<StreamKinds> = { rows: [stream], wording: WORDING };
