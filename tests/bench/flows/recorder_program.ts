/** Preloaded into a program. */

import { record } from "./recorder.ts";

await record();
