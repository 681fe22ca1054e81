/** Buses of several nodes in one process, as far apart as the contract lets them be. */

import type { Bytes } from "../../lib/base/bytes.ts";
import type { AccountId } from "../../lib/base/ids.ts";
import {
  type Answerer,
  type Bus,
  LocalBus,
  type NodeId,
  type Questions,
  type Topics,
  type WhichSessions,
} from "../../lib/server/bus/bus.ts";
import type { EndReason, Sessions } from "../../lib/server/sessions/sessions.ts";
import type { HopPushKind, PushFields } from "../../lib/protocol/hop/mod.ts";

/** How news travel: `draw` decides how late each comes and whether it comes twice. Undefined: at once, once, in order. */
export type Travel = ((below: number) => number) | undefined;

type ToAccounts = Parameters<Bus["toAccounts"]>[3];

/** Turns of the event loop by which news are late at most: those that were published meanwhile overtake them. */
const LATE_TURNS = 30;

/** The bus of one node among several. */
export class NodesBus implements Bus {
  readonly isAlone = false;
  readonly isUp = true;
  readonly #own: LocalBus;
  readonly #nodes: readonly LocalBus[];
  readonly #draw: Travel;

  private constructor(own: LocalBus, nodes: readonly LocalBus[], draw: Travel) {
    this.#own = own;
    this.#nodes = nodes;
    this.#draw = draw;
  }

  /** One for each node, over its sessions. */
  static join(sessions: readonly Sessions[], draw?: Travel): readonly NodesBus[] {
    const nodes = sessions.map((those, at) =>
      new LocalBus(those, { instance: `${at}`, name: `n${at}` })
    );
    return nodes.map((own) => new NodesBus(own, nodes, draw));
  }

  get here(): Bus {
    return this.#own;
  }

  get own(): NodeId {
    return this.#own.own;
  }

  get others(): readonly NodeId[] {
    return this.#nodes.filter((node) => node !== this.#own).map(({ own }) => own);
  }

  /** News are late, and none is lost. */
  onLoss(): () => void {
    return () => {};
  }

  async toAccounts<Kind extends HopPushKind>(
    accounts: readonly AccountId[],
    kind: Kind,
    fields: PushFields<Kind>,
    options: ToAccounts = {},
  ): Promise<void> {
    for (const node of this.#nodes) await node.toAccounts(accounts, kind, fields, options);
  }

  async toAll(packet: Bytes): Promise<number> {
    return sum(await Promise.all(this.#nodes.map((node) => node.toAll(packet))));
  }

  async endSessions(which: WhichSessions, why: EndReason): Promise<number> {
    return sum(await Promise.all(this.#nodes.map((node) => node.endSessions(which, why))));
  }

  publish<Topic extends keyof Topics>(topic: Topic, news: Topics[Topic]): void {
    const draw = this.#draw;
    for (const node of this.#nodes) {
      if (draw === undefined) {
        node.publish(topic, news);
        continue;
      }
      for (let times = draw(3) === 0 ? 2 : 1; times > 0; times--) {
        // Not waited for: whoever published goes on before anybody has heard of it.
        void late(draw(LATE_TURNS)).then(() => node.publish(topic, news));
      }
    }
  }

  tell<Topic extends keyof Topics>(instance: string, topic: Topic, news: Topics[Topic]): void {
    for (const node of this.#nodes) {
      if (node.own.instance === instance) node.publish(topic, news);
    }
  }

  subscribe<Topic extends keyof Topics>(
    topic: Topic,
    heard: (news: Topics[Topic]) => void,
  ): () => void {
    return this.#own.subscribe(topic, heard);
  }

  async ask<Question extends keyof Questions>(
    question: Question,
    asked: Questions[Question]["asked"],
  ): Promise<readonly Questions[Question]["answer"][]> {
    return (await Promise.all(this.#nodes.map((node) => node.ask(question, asked)))).flat();
  }

  answer<Question extends keyof Questions>(
    question: Question,
    answer: Answerer<Question>,
  ): void {
    this.#own.answer(question, answer);
  }
}

/** Resolves after so many turns. */
export async function late(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
