import { deepEqual, equal } from "node:assert/strict";
import type { Context } from "../../../lib/cli/context.ts";
import { askMeeting, meetingWords, usualName } from "../../../lib/cli/p2p/meeting_questions.ts";
import { Person } from "../../../lib/cli/person.ts";
import type { PromptOutcome } from "../../../lib/terminal/lines/prompt.ts";

/** A person whose answers are these; Escape is one. */
function asked(...answers: readonly string[]) {
  const rest = [...answers];
  const questions: string[] = [];
  const notes: string[] = [];
  const next = (question: string): Promise<PromptOutcome<string>> => {
    questions.push(question);
    const answer = rest.shift();
    if (answer === undefined) return Promise.resolve({ kind: "ended" });
    return Promise.resolve(
      answer === "<escape>" ? { kind: "back" } : { kind: "answered", answer },
    );
  };
  const person = new Person(
    { ask: next, askHidden: next, confirm: () => Promise.reject(), restore() {} },
    { canBeAsked: true, resolve: (path) => path, signal: new AbortController().signal },
  );
  const output = { note: (text: string) => Promise.resolve(void notes.push(text)) };
  // Only what the questions need of it.
  const context = { person, output } as unknown as Context;
  return { meeting: askMeeting(context, "oscar"), questions, notes };
}

Deno.test("U15: without a server a name is asked for, then where the other side is", async () => {
  deepEqual(await asked("Julia", "192.168.0.1:8090").meeting, {
    name: "Julia",
    place: "192.168.0.1:8090",
  });
  deepEqual(await asked("", "").meeting, { name: "oscar", place: undefined });
});

Deno.test("U15: escape goes from the other side back to the name, and from there to what was before", async () => {
  const { meeting, questions } = asked("Julia", "<escape>", "Jul", "<escape>", "<escape>");
  equal(await meeting, "back");
  equal(questions.filter((words) => words.startsWith("Your name")).length, 3);
});

Deno.test("U15: a name or a place that cannot be is said, and asked for again", async () => {
  const { meeting, notes } = asked("a\u0007b", "Julia", "192.168.0.1", "localhost:8090");
  deepEqual(await meeting, { name: "Julia", place: "localhost:8090" });
  equal(notes.length, 2);
});

Deno.test("words behind p2p say what was answered", () => {
  deepEqual(meetingWords({ name: "Julia", place: undefined }), ["--name", "Julia"]);
  deepEqual(meetingWords({ name: "J", place: "h:1" }), ["--name", "J", "--connect", "h:1"]);
});

Deno.test("who was one person the last time is proposed that name", async () => {
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "names-" });
  try {
    const context = { options: { profileFolder: folder } } as unknown as Context;
    await Deno.mkdir(`${folder}/p2p/julia`, { recursive: true });
    equal(await usualName(context), "julia");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
