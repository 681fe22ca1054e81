import { equal, match, ok } from "node:assert/strict";
import { decodeBase64, decodeUtf8 } from "../../lib/base/bytes.ts";
import { parseInvite } from "../../lib/net/addresses/invite.ts";
import { ScreenUser } from "../kit/screen_user.ts";
import { openTalk } from "../kit/test_client.ts";

Deno.test("U10, SR-51, SR-70: /invite opens a page with link and QR code, y copies it, and nothing of it stays", async () => {
  await using talk = await openTalk();
  await using user = await ScreenUser.open(talk.alice, { columns: 140, rows: 40 });
  await user.see(/● online/);
  user.type("/invite --address chat.example.org:9797\r");
  await user.see(/Invite to this server/);
  await user.see(/heliograph:\/\/chat\.example\.org:9797#SHA256:/);
  await user.see(/Anybody may register on this server/);
  await user.see(/█▀▀▀▀▀█/);
  ok(!user.terminal.written.includes("\x1b]52"), "nothing is copied unasked");
  user.type("y");
  await user.see(/copied, if your terminal lets programs do that/);
  // deno-lint-ignore no-control-regex
  const copied = /\x1b\]52;c;([A-Za-z0-9+/=]+)\x1b/.exec(user.terminal.written)?.[1];
  const text = decodeUtf8(decodeBase64(copied ?? "") ?? new Uint8Array()) ?? "";
  match(text, /^heliograph:\/\/chat\.example\.org:9797#SHA256:/);
  ok(parseInvite(text));
  const rows = await user.rows();
  equal(rows.filter((row) => row.includes("heliograph://")).length, 0, rows.join("\n"));
  await user.leave();
});

Deno.test("U10: /invite shows the whole QR code at once on 80x24, and the link unbroken where it fits", async () => {
  await using talk = await openTalk();
  const codeOf = async (columns: number, rows: number) => {
    await using user = await ScreenUser.open(talk.alice, { columns, rows });
    await user.see(/● online/);
    user.type("/invite --address chat.example.org:9797\r");
    await user.see(/Invite to this server/);
    const shown = await user.rows();
    user.type("q");
    await user.leave();
    return shown;
  };
  const small = await codeOf(80, 24);
  // Two corners above, one below, each with its first and its last row; what lies further down is its light border.
  equal(small.filter((row) => row.includes("█▀▀▀▀▀█")).length, 2, small.join("\n"));
  equal(small.filter((row) => row.includes("▀▀▀▀▀▀▀")).length, 2, small.join("\n"));
  const large = await codeOf(140, 40);
  ok(large.some((row) => /heliograph:\/\/chat\S+#SHA256:\S{43} /.test(row)), large.join("\n"));
});
