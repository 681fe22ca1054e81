/** What a person is told while a worse line is simulated. */

import { describeLineSimulation, type LineSimulation } from "../net/line_simulation.ts";

/** For every screen, so that nobody takes it for the real line. */
export function simulatedWords(line: LineSimulation): string {
  return `Simulated line: ${describeLineSimulation(line)}`;
}
