/**
 * Lines of the client's log without names, addresses, paths or words of people: for a bug report. Nothing of a line is passed on
 * but what its form says to be ours: everything else is left out, whatever it looks like. Pure.
 */

import { isFailureCode } from "../protocol/failure.ts";

/** `2026-11-21T13:00:00.000Z info client.link 4711 event name="text" count=3`, as `logging.ts` writes it. */
const LINE =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (debug|info|warning|error) ([a-z][a-z0-9_.]{0,60}) \d{1,10} (.*)$/;
const FIELD = / ([A-Za-z][A-Za-z0-9]{0,30})=("(?:[^"\\]|\\.)*"|\S+)/g;
/** Events are fixed words of the program. */
const EVENT = /^[A-Za-z][A-Za-z .,'-]{0,80}$/;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,6})?$/;
/** A number that says where somebody is. */
const ADDRESS_FIELDS: readonly string[] = ["port"];
/** Of a file of ours in a stack. */
const FRAME = /\b((?:lib\/[a-z0-9_/]{1,80}|server|client)\.(?:ts|js)):(\d{1,5}):(\d{1,5})\b/g;

const LEFT_OUT = "…";

/** Of a reason, what the system and its libraries say in any case. */
const PHRASES: readonly string[] = [
  "Connection refused",
  "Connection reset",
  "Connection aborted",
  "Broken pipe",
  "timed out",
  "Network is unreachable",
  "No route to host",
  "failed to lookup address",
  "Address already in use",
  "No such file or directory",
  "Permission denied",
  "Read-only file system",
  "No space left on device",
  "Too many open files",
  "UnknownIssuer",
  "NotValidForName",
  "invalid peer certificate",
  "CertificateRequired",
  "HandshakeFailure",
  "unexpected end of file",
  "peer closed connection",
  "database is locked",
  "database disk image is malformed",
  "disk I/O error",
  "attempt to write a readonly database",
  "Bad resource ID",
  "not signed in",
  "another version",
  "out of memory",
  "Maximum call stack size exceeded",
];

/** A line that may be shown to anybody; undefined for what is no line of the log. */
export function bareLogLine(line: string): string | undefined {
  const [, at, level, category, rest] = LINE.exec(line) ?? [];
  if (rest === undefined) return undefined;
  const fields = [...rest.matchAll(FIELD)];
  const event = rest.slice(0, fields[0]?.index ?? rest.length);
  const words = fields.map(([, name, value]) => `${name}=${bareValue(name, value)}`);
  return [at, level, category, EVENT.test(event) ? event : LEFT_OUT, ...words].join(" ");
}

function bareValue(name: string, value: string): string {
  if (NUMBER.test(value)) return ADDRESS_FIELDS.includes(name) ? LEFT_OUT : value;
  if (value === "true" || value === "false") return value;
  const text = value.replaceAll('"', "");
  switch (name) {
    case "code":
      return isFailureCode(text) ? text : LEFT_OUT;
    case "reason":
      return `"${bareReason(text)}"`;
    case "stack":
      return `"${[...text.matchAll(FRAME)].map(([frame]) => frame).join(" ")}"`;
    default:
      return LEFT_OUT;
  }
}

/** What of a reason is not of this person, or `…`. */
export function bareReason(text: string): string {
  const lower = text.toLowerCase();
  const said = PHRASES.filter((phrase) => lower.includes(phrase.toLowerCase()));
  const [system] = /\bos error \d{1,4}\b/.exec(text) ?? [];
  const all = system === undefined ? said : [...said, system];
  return all.length === 0 ? LEFT_OUT : all.join("; ");
}
