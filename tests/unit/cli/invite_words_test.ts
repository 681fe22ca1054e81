import { equal } from "node:assert/strict";
import { inviteProblem, inviteWords, serverWords } from "../../../lib/cli/invite_words.ts";

const DIGITS = "FcECuQL+/2ZUpaTPxL/ugwgMXuln03cCKOlx+K3ukXo";

Deno.test("U15: an invite is checked while it is typed: form, address, fingerprint, token", () => {
  for (
    const [typed, words] of [
      ["", ""],
      ["helio", ""],
      ["2", "An invite starts with heliograph://"],
      ["heliograph://", ""],
      ["heliograph:///", "Next: the address, as in chat.example.org:9797"],
      ["heliograph://chat..org", "No address: chat..org"],
      ["heliograph://chat.org:0", "No address: chat.org:0"],
      ["heliograph://chat.org", "Address chat.org:9797. Next: the fingerprint, #SHA256:…"],
      ["heliograph://chat.org#S", "Address chat.org:9797. The fingerprint begins with SHA256:"],
      [
        "heliograph://chat.org#SHA256:FcECu",
        "Address chat.org:9797. Fingerprint: 5 of 43 characters",
      ],
      [
        `heliograph://chat.org#MD5:${DIGITS}`,
        "Address chat.org:9797. The fingerprint is wrong: copy it again",
      ],
      [
        `heliograph://chat.org#SHA256:${DIGITS}x`,
        "Address chat.org:9797. The fingerprint is wrong: copy it again",
      ],
      [
        `heliograph://chat.org/AAAA#SHA256:${DIGITS}`,
        "Address chat.org:9797. Its middle part is cut or too long: copy the invite again",
      ],
      [`heliograph://chat.org#SHA256:${DIGITS}`, "An invite to chat.org:9797"],
      [
        `heliograph://chat.org/${"A".repeat(22)}#SHA256:${DIGITS}`,
        "An invite to chat.org:9797, good for a new account",
      ],
    ]
  ) equal(inviteWords(typed), words, typed);
});

Deno.test("U15: what is no whole invite is refused with what is wrong with it", () => {
  equal(
    inviteProblem("2"),
    "Cannot use this invite. An invite starts with heliograph://. Escape goes back",
  );
  equal(
    inviteProblem(""),
    "Cannot use this invite. An invite starts with heliograph://. Escape goes back",
  );
  equal(inviteProblem(` heliograph://chat.org#SHA256:${DIGITS} `), undefined);
});

Deno.test("U15: an address is checked while it is typed, and an invite in its place as one", () => {
  equal(serverWords("chat.example.org"), "");
  equal(serverWords("127.0.0.1:9797"), "");
  equal(
    serverWords("not an address"),
    "An address is HOST or HOST:PORT, as in chat.example.org:9797",
  );
  equal(serverWords("heliograph://x#"), "Address x:9797. The fingerprint begins with SHA256:");
});
