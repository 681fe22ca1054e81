import { equal, match } from "node:assert/strict";
import { openElsewhere } from "../../../../lib/terminal/programs/open_elsewhere.ts";
import { receivedFile } from "../../../../lib/tui/timeline/item_words.ts";
import { openLinked } from "../../../../lib/tui/actions/opening.ts";
import type { App } from "../../../../lib/tui/conversations/app.ts";
import { line, NAMES, said } from "../../../kit/scenes.ts";

const received = (text: string) => said("bob", text, { kind: "notice", id: "file-received" });

/** What is opened, or said, when o is pressed on an item. */
function pressed(
  item: ReturnType<typeof said>,
): { readonly opened: string[]; readonly said: string[] } {
  const opened: string[] = [];
  const words: string[] = [];
  // Of an app no more is used.
  const app = {
    openElsewhere: (target: string) => void opened.push(target),
    say: (text: string) => words.push(text),
    talk: { facts: { names: NAMES } },
    model: { cards: new Map() },
  } as unknown as App;
  openLinked(app, item);
  return { opened, said: words };
}

Deno.test("SR-70: a link is opened as it is shown, and what is no link of the web is not", () => {
  const { opened, said: words } = pressed(said("bob", "see https://example.org/a."));
  equal(opened.join(), "https://example.org/a");
  equal(words.join(), "* opened https://example.org/a");
  const invite = pressed(said("bob", "heliograph://chat.example.org/TOKEN"));
  equal(invite.opened.length, 0);
  match(invite.said.join(), /heliograph connect opens it/);
  match(pressed(said("bob", "javascript:alert(1)")).said.join(), /no link in this message/);
  // A terminal's own link is no more than its characters, which are seen.
  const hidden = pressed(said("bob", "\x1b]8;;https://evil.example\x07x"));
  equal(hidden.opened.join(), "https://evil.examplex/");
});

Deno.test("SR-70: of a received file what a desktop shows is opened, of any other the folder", () => {
  const open = (path: string) =>
    pressed(received(`Received x (1 B) from bob, verified: ${path}`)).opened.join();
  equal(open("/home/a/report.pdf"), "/home/a/report.pdf");
  equal(open("/home/a/run.desktop"), "/home/a");
  equal(open("/home/a/setup.sh"), "/home/a");
  equal(open("C:\\Users\\a\\photo.png"), "C:\\Users\\a\\photo.png");
  equal(open("C:\\Users\\a\\photo.png.exe"), "C:\\Users\\a");
  equal(open("/run"), "/");
});

Deno.test("file that was received is read from the program's own line, whatever it is called", () => {
  equal(
    receivedFile(received("Received a, verified: b (1 B) from bob, verified: /home/a/b")),
    "/home/a/b",
  );
  equal(receivedFile(said("bob", "Received x from bob, verified: /etc/passwd")), undefined);
  equal(receivedFile(line("Received x from bob, verified: /etc/passwd")), undefined);
  equal(
    receivedFile(said("bob", "x, verified: /y", { kind: "notice", id: "file-done" })),
    undefined,
  );
  equal(receivedFile(received("Received x")), undefined);
});

Deno.test("nothing is opened where there is no desktop: it would be drawn over the screen", () => {
  const at = (os: typeof Deno.build.os, env: Record<string, string>) =>
    openElsewhere("https://example.org/", { os, env: (name) => env[name] });
  equal(at("linux", {}), "there is no desktop on this machine to open it");
  equal(at("linux", { DISPLAY: "" }), "there is no desktop on this machine to open it");
});
