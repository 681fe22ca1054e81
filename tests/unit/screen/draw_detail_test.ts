import { equal, ok } from "node:assert/strict";
import { DrawDetail } from "../../../lib/screen/draw_detail.ts";

/** Draws pictures for so long, each taking what it takes at that detail; how often that changed. */
function draw(
  machine: DrawDetail,
  forMs: number,
  drawMs: (detail: DrawDetail["detail"]) => number,
  fromMs = 0,
): number {
  let changes = 0;
  for (let nowMs = fromMs; nowMs < fromMs + forMs; nowMs += 42) {
    const { detail } = machine;
    machine.drawn({ detail, drawMs: drawMs(detail) }, nowMs);
    if (machine.detail !== detail) changes++;
  }
  return changes;
}

const BYTES = { least: 60, coarse: 75, usual: 100, fine: 150 } as const;

Deno.test("detail begins as usual and stays so on a terminal that just keeps up", () => {
  const machine = new DrawDetail();
  equal(draw(machine, 10_000, () => 25), 0);
  equal(machine.detail, "usual");
});

Deno.test("detail has all colours on a quick terminal after a while, not at once", () => {
  const machine = new DrawDetail();
  draw(machine, 1_500, () => 5);
  equal(machine.detail, "usual");
  draw(machine, 2_000, () => 5, 1_500);
  equal(machine.detail, "fine");
});

Deno.test("detail goes down step by step on a slow terminal, and up again when it is quick", () => {
  const machine = new DrawDetail();
  draw(machine, 300, (detail) => BYTES[detail]);
  equal(machine.detail, "coarse");
  draw(machine, 1_000, (detail) => BYTES[detail], 300);
  equal(machine.detail, "least");
  draw(machine, 20_000, (detail) => BYTES[detail] / 10, 1_300);
  equal(machine.detail, "fine");
});

Deno.test("detail does not go to and fro, whatever the terminal takes", () => {
  for (let speed = 0.05; speed < 3; speed *= 1.2) {
    const machine = new DrawDetail();
    const changes = draw(machine, 60_000, (detail) => speed * BYTES[detail]);
    ok(changes <= 3, `${changes} at ${speed}`);
  }
});

Deno.test("detail takes no single slow picture for a slow terminal", () => {
  const machine = new DrawDetail();
  machine.drawn({ detail: "usual", drawMs: 300 }, 0);
  draw(machine, 5_000, () => 20, 42);
  ok(machine.detail === "usual");
});
