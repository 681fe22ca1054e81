/** A signal ends every program at every question: at a real terminal, with the real programs. */

import { equal, ok } from "node:assert/strict";
import { HAS_TMUX, type Pane } from "../kit/tmux.ts";
import { Journey } from "./programs.ts";
import { sitDown } from "./sitting.ts";

const ignore = !HAS_TMUX;

const CODES = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 } as const;

type Signal = keyof typeof CODES;

/** What is asked, and how one comes to be asked it. */
interface Asked {
  readonly question: RegExp;
  readonly args: readonly string[];
  /** Who is asked; left out, somebody who was never here. */
  readonly person?: string;
  /** Without one it is not named. */
  readonly server?: false;
  readonly entry?: string;
  /** Questions before it, and what is typed there. */
  readonly before?: readonly (readonly [question: RegExp, answer: string])[];
  /** With which it is ended. */
  readonly signals: readonly Signal[];
}

const TRUSTED = ["--trust", "FINGERPRINT"];
const NEW_USER = [/No account zoe here\. Create it\? \[Y\/n\]/, "y\r"] as const;
const NAME = [/Name:/, "zoe\r"] as const;
/** Every kind of question, by keys and plain. Which signal it is makes no difference to a question: each has one or two of them. */
const QUESTIONS: Readonly<Record<string, Asked>> = {
  "which server": {
    args: ["--plain"],
    server: false,
    question: /Server or invite/,
    signals: ["SIGTERM", "SIGHUP", "SIGINT"],
  },
  "whether a server is the right one": {
    args: ["--plain"],
    question: /Is it the same\?/,
    signals: ["SIGINT"],
  },
  "new or not": {
    args: ["chat", "--plain", ...TRUSTED],
    before: [NAME],
    question: NEW_USER[0],
    signals: ["SIGHUP"],
  },
  "the name": {
    args: ["chat", "--plain", ...TRUSTED],
    question: NAME[0],
    signals: ["SIGTERM"],
  },
  "the password": {
    args: ["chat", "--plain", ...TRUSTED],
    before: [NAME, NEW_USER],
    question: /Password:/,
    signals: ["SIGTERM", "SIGHUP", "SIGINT"],
  },
  "register: a new password": {
    args: ["register", "quentin", ...TRUSTED],
    question: /New password for quentin:/,
    signals: ["SIGHUP"],
  },
  "register: whether a server is the right one": {
    args: ["register", "quentin"],
    question: /Is it the same\?/,
    signals: ["SIGTERM", "SIGINT"],
  },
  "register, plain: whether a server is the right one": {
    args: ["register", "quentin", "--plain"],
    question: /Is it the same\?/,
    signals: ["SIGTERM"],
  },
  "passwd: the current password": {
    person: "alice",
    args: ["passwd"],
    question: /Current password:/,
    signals: ["SIGTERM"],
  },
  "account delete: the password": {
    person: "alice",
    args: ["account", "delete", "alice"],
    question: /Password of alice:/,
    signals: ["SIGHUP"],
  },
  "device link: the code": {
    person: "alice",
    args: ["device", "link", "--plain"],
    question: /Code on the new device:/,
    signals: ["SIGINT"],
  },
  "the server's console": {
    entry: "server",
    person: "server",
    server: false,
    args: ["console"],
    question: /^server>/,
    signals: ["SIGTERM", "SIGHUP", "SIGINT"],
  },
};

Deno.test({
  name: "a signal ends every program at every question, and the terminal is as before (needs tmux)",
  ignore,
  async fn(test) {
    await using journey = await Journey.open({ people: ["alice"] });
    for (const [what, asked] of Object.entries(QUESTIONS)) {
      for (const signal of asked.signals) {
        await test.step(`${what}: ${signal}`, async () => {
          await using pane = await ask(journey, asked);
          const pid = await pane.programPid();
          Deno.kill(pid, signal);
          equal(await pane.ended(), CODES[signal]);
          await isAsBefore(pane);
        });
      }
    }
  },
});

Deno.test({
  name: "ctrl-C that is typed ends the program at a question, by keys and plain (needs tmux)",
  ignore,
  async fn(test) {
    await using journey = await Journey.open({ people: ["alice"] });
    for (
      const what of [
        "which server",
        "the password",
        "register, plain: whether a server is the right one",
        "passwd: the current password",
      ]
    ) {
      await test.step(what, async () => {
        await using pane = await ask(journey, QUESTIONS[what]);
        await pane.press("C-c");
        equal(await pane.ended(), CODES.SIGINT);
        await isAsBefore(pane);
      });
    }
  },
});

let strangers = 0;

/** Somebody who has come to the question. Who was never here knows no server: each has a home of their own. */
async function ask(
  journey: Journey,
  { question, args, person, server, entry, before = [] }: Asked,
): Promise<Pane> {
  const { fingerprint } = journey.ready;
  const pane = await sitDown(journey, person ?? `stranger-${strangers++}`, {
    server: server !== false,
    entry,
    args: args.map((word) => word === "FINGERPRINT" ? fingerprint : word),
  });
  await using owned = new AsyncDisposableStack();
  owned.use(pane);
  for (const [asked, answer] of before) {
    await pane.see(asked);
    await pane.type(answer);
  }
  await pane.see(question);
  owned.move();
  return pane;
}

async function isAsBefore(pane: Pane): Promise<void> {
  const { before, after } = await pane.stty();
  equal(after, before);
  const { alternate, cursor, paste } = await pane.modes();
  equal(alternate, "0");
  equal(cursor, "1");
  ok(paste === "0" || paste === "", "pastes are not bracketed");
}
