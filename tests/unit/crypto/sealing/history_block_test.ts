import { deepEqual, equal, throws } from "node:assert/strict";
import { concatBytes, utf8 } from "../../../../lib/base/bytes.ts";
import {
  decodeHistoryRows,
  encodeHistoryBlock,
  foldForSearch,
  searchHistoryBlock,
} from "../../../../lib/crypto/sealing/history_block.ts";

function blockOf(...texts: string[]) {
  return encodeHistoryBlock(texts.map((text, i) => ({ text, content: utf8(`row ${i}`) })));
}
const search = (texts: string[], needle: string) =>
  searchHistoryBlock(blockOf(...texts).search, foldForSearch(needle));

Deno.test("history block gives back its rows in order", () => {
  deepEqual(decodeHistoryRows(blockOf("a", "b").rows), [utf8("row 0"), utf8("row 1")]);
  deepEqual(decodeHistoryRows(encodeHistoryBlock([]).rows), []);
  deepEqual(
    decodeHistoryRows(encodeHistoryBlock([{ text: "", content: new Uint8Array(0) }]).rows),
    [new Uint8Array(0)],
  );
});

Deno.test("history search finds the rows that contain the words, whatever their case and accents", () => {
  const texts = [
    "See you at the Café",
    "nothing",
    "",
    "CAFE again, café twice",
    "Ὀδός ΟΔΟΣ",
    "Пётр",
    "ＣＡＦＥ",
  ];
  deepEqual(search(texts, "cafe"), [0, 3, 6]);
  deepEqual(search(texts, "CAFÉ"), [0, 3, 6]);
  deepEqual(search(texts, "οδος"), [4]);
  deepEqual(search(texts, "петр"), [5]);
  deepEqual(search(texts, "e y"), [0]);
  deepEqual(search(texts, "absent"), []);
});

Deno.test("history search finds nothing for an empty needle and never matches across two rows", () => {
  deepEqual(search(["a", "b"], ""), []);
  deepEqual(search(["ab", "cd"], "bc"), []);
  deepEqual(searchHistoryBlock(blockOf("ab", "cd").search, "b\0c"), []);
  deepEqual(search(["a\0b", "c"], "a b"), [0]);
  deepEqual(search(["x\0y", "é\0f", "target"], "target"), [2]);
});

Deno.test("history search finds hits in the first, the last and neighbouring rows", () => {
  deepEqual(search(["x", "", "", "x", "x"], "x"), [0, 3, 4]);
  deepEqual(search(["", "", "x"], "x"), [2]);
  deepEqual(searchHistoryBlock(encodeHistoryBlock([]).search, "x"), []);
});

Deno.test("SR-31: history of a newer format is refused as such", () => {
  const { rows, search } = blockOf("a");
  rows[1] = 2;
  search[1] = 2;
  throws(() => decodeHistoryRows(rows), { name: "StorageError", code: "newer-format" });
  throws(() => searchHistoryBlock(search, "a"), { name: "StorageError", code: "newer-format" });
});

Deno.test("history block that is cut, longer or has a wrong count is damaged", () => {
  const { rows } = blockOf("a", "b");
  for (let length = 0; length < rows.length; length++) {
    throws(() => decodeHistoryRows(rows.slice(0, length)), {
      name: "StorageError",
      code: "damaged",
    });
  }
  throws(() => decodeHistoryRows(concatBytes(rows, new Uint8Array(1))), { code: "damaged" });
  const many = rows.slice();
  many.fill(0xff, 2, 6);
  throws(() => decodeHistoryRows(many), { code: "damaged" });
  throws(() => searchHistoryBlock(new Uint8Array([0, 1, 0xff]), "a"), { code: "damaged" });
  throws(() => searchHistoryBlock(new Uint8Array(0), "a"), { code: "damaged" });
  equal(decodeHistoryRows(rows).length, 2);
});
