/** The verbs stream and stream accept. */

import { STREAMING, type StreamKinds } from "../../app/commands/streams.ts";
import { findRecipient } from "../../app/recipient.ts";
import { finish } from "../../commands/command_row.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Report } from "../../commands/wording.ts";
import { personAt, showReport, verbSpec } from "../person_verbs.ts";
import type { Verb } from "../verb.ts";
import { STREAM_ACCEPT_VERB } from "./accept_verb.ts";
import { openSource } from "./stream_source.ts";
import { whileConnected } from "./while_connected.ts";

const { rows: [ROW], wording } = STREAMING;

const streamVerb: Verb = {
  ...verbSpec(ROW),
  async run(context, values) {
    await using owned = new AsyncDisposableStack();
    const resolve = (path: string) => context.person.path(path);
    const source = await openSource(values, values.argument("FILE"), resolve);
    owned.defer(() => source.close());
    await source.requirePicture(context.signal);
    const client = await context.connectClient();
    const conversation = await findRecipient(client, values.required("TO"));
    const person = { ...personAt(context, client, undefined), conversation, source };
    const tell = async (reports: readonly Report<StreamKinds>[]) => {
      for (const report of reports) await showReport(context, report, wording);
    };
    const { exit = EXIT.done } = await whileConnected(
      context,
      client,
      (signal) => finish(ROW.run(person, values, { signal }), tell),
    );
    return exit;
  },
};

/** `heliograph stream TO FILE`, `heliograph stream accept`. */
export const STREAM_VERBS: readonly Verb[] = [streamVerb, STREAM_ACCEPT_VERB];
