/** Objects in a bucket of an S3-compatible store. What it answers is judged before it is used. */

import { AwsClient } from "aws4fetch";
import { type Bytes, decodeUtf8, encodeHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, StorageError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { SpoolPlace } from "../config/spool_url.ts";
import type { Objects } from "./objects.ts";

const log = logger("server", "spool");

/** A piece has under 256 KiB: what takes longer is a store that does not answer. */
const ANSWER_WITHIN_MS = 30_000;
const TRIES = 4;
const FIRST_PAUSE_MS = 200;
/** A list names 1,000 objects of under 200 letters at once, and tells some 300 more of each. */
const LIST_MAX_BYTES = 4 * 1024 * 1024;
/** Twice the pieces that the largest upload of an account can have: a list that never ends is none. */
const LIST_MAX_PAGES = 1_000;
/** No object of ours is larger. */
const OBJECT_MAX_BYTES = 1024 * 1024;
const REASON_MAX_BYTES = 16 * 1024;

/** What opens the store. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What it is made with. */
export interface S3Options {
  readonly place: Extract<SpoolPlace, { kind: "s3" }>;
  readonly credentials: S3Credentials;
  /** PEM of whom to trust besides those that the system does. */
  readonly caCerts: readonly string[];
  readonly clock: Clock;
}

interface Call {
  readonly method: "GET" | "PUT" | "DELETE";
  /** Below the bucket, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Bytes;
  /** Of an answer that is taken. */
  readonly mostBytes: number;
  /** Taken besides 200. */
  readonly alsoStatus?: readonly number[];
}

/** Owns its connections. */
export class S3Objects implements Objects {
  readonly #options: S3Options;
  readonly #signer: AwsClient;
  readonly #client: Deno.HttpClient;

  constructor(options: S3Options) {
    this.#options = options;
    const { credentials, place: { region }, caCerts } = options;
    this.#signer = new AwsClient({ ...credentials, region, service: "s3", retries: 0 });
    this.#client = Deno.createHttpClient({ caCerts: [...caCerts] });
  }

  async put(name: string, bytes: Bytes): Promise<void> {
    // The store compares: what was damaged on the way is refused.
    const sum = encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
    const headers = { "x-amz-content-sha256": sum, "content-type": "application/octet-stream" };
    const path = this.#key(name);
    await this.#call({ method: "PUT", path, headers, body: bytes, mostBytes: REASON_MAX_BYTES });
  }

  async get(name: string, offset: number, length: number): Promise<Bytes> {
    const headers = { range: `bytes=${offset}-${offset + length - 1}` };
    const { status, bytes } = await this.#call({
      ...{ method: "GET", path: this.#key(name), headers, mostBytes: OBJECT_MAX_BYTES },
      alsoStatus: [206],
    });
    // A store may pass over the range, and send all of it; s3rver does for a single byte.
    return status === 206 ? bytes.subarray(0, length) : bytes.subarray(offset, offset + length);
  }

  async remove(name: string): Promise<void> {
    await this.#call({
      ...{ method: "DELETE", path: this.#key(name), mostBytes: REASON_MAX_BYTES },
      alsoStatus: [204, 404],
    });
  }

  async *list(folder?: string): AsyncIterable<string> {
    const { place: { prefix } } = this.#options;
    const within = `${prefix}${folder === undefined ? "" : `${folder}/`}`;
    let token: string | undefined;
    for (let pages = 0; pages < LIST_MAX_PAGES; pages++) {
      const query = new URLSearchParams({ "list-type": "2", prefix: within });
      if (token !== undefined) query.set("continuation-token", token);
      // As it is signed: a plus is a space to many stores.
      const path = `?${query.toString().replaceAll("+", "%20")}`;
      const page = readList(await this.#call({ method: "GET", path, mostBytes: LIST_MAX_BYTES }));
      for (const key of page.keys) if (key.startsWith(within)) yield key.slice(prefix.length);
      if (page.next === undefined) return;
      if (page.next === token) break;
      token = page.next;
    }
    throw new StorageError("damaged", "Cannot look at uploads: the store's list does not end");
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #key(name: string): string {
    return `/${this.#options.place.prefix}${name}`;
  }

  /** Again after what may pass by itself: each call may be made twice, as a name has one content. */
  async #call(call: Call): Promise<{ readonly status: number; readonly bytes: Bytes }> {
    const { clock } = this.#options;
    for (let tries = 1, pauseMs = FIRST_PAUSE_MS;; tries++, pauseMs *= 2) {
      const answer = await this.#try(call);
      if (!("failure" in answer)) return answer;
      const { code, message, cause } = answer.failure;
      if (!answer.mayPass || tries === TRIES) throw new StorageError(code, message, { cause });
      log.debug("store asked again", { reason: message });
      await clock.sleep(pauseMs);
    }
  }

  async #try(call: Call): Promise<
    | { readonly status: number; readonly bytes: Bytes }
    | { readonly failure: StorageError; readonly mayPass: boolean }
  > {
    const { place: { url, name }, clock } = this.#options;
    const { method, path, headers, body, mostBytes, alsoStatus = [] } = call;
    try {
      const request = await this.#signer.sign(`${url}${path}`, { method, headers, body });
      const signal = clock.deadline(ANSWER_WITHIN_MS);
      // Never to where it points: the signature would go there, and so might what is stored.
      const response = await fetch(request, { client: this.#client, redirect: "manual", signal });
      const { status } = response;
      const isTaken = status === 200 || alsoStatus.includes(status);
      const bytes = await readAnswer(response, isTaken ? mostBytes : REASON_MAX_BYTES);
      if (isTaken) return { status, bytes };
      return { failure: failureOf(name, status, bytes), mayPass: status >= 500 || status === 429 };
    } catch (error) {
      if (error instanceof StorageError) return { failure: error, mayPass: false };
      const words = `Cannot reach ${name}: ${describeError(error)}`;
      const failure = new StorageError("unreachable", words, { cause: error });
      return { failure, mayPass: true };
    }
  }
}

/** Throws StorageError `damaged` when it is more. */
async function readAnswer({ body }: Response, mostBytes: number): Promise<Bytes> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body ?? []) {
    length += piece.length;
    // Leaving the loop ends the connection.
    if (length > mostBytes) {
      throw new StorageError(
        "damaged",
        "Cannot use the store's answer: it is longer than was asked for",
      );
    }
    pieces.push(piece);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The store's own code is shown when it is a plain word, and nothing else of what it says. */
function failureOf(name: string, status: number, bytes: Bytes): StorageError {
  const code = /<Code>([A-Za-z]{1,64})<\/Code>/.exec(decodeUtf8(bytes) ?? "")?.[1];
  const words = `${name} answers ${status}${code === undefined ? "" : ` (${code})`}`;
  if (status === 507 || /Quota|StorageFull/.test(code ?? "")) {
    return new StorageError("disk-full", `Cannot store upload: ${words}`);
  }
  if (status === 404 && code !== "NoSuchBucket") {
    return new StorageError("not-found", `Cannot find upload: ${words}`);
  }
  const refused = status === 401 || status === 403;
  return new StorageError(refused ? "no-permission" : "failed", `Cannot use the spool: ${words}`);
}

/** Throws StorageError `damaged` for what is no list of a bucket. */
function readList({ bytes }: { readonly bytes: Bytes }): {
  readonly keys: readonly string[];
  readonly next: string | undefined;
} {
  const text = decodeUtf8(bytes) ?? "";
  if (!/<ListBucketResult[\s>]/.test(text)) {
    throw new StorageError("damaged", "Cannot look at uploads: the store's answer is no list");
  }
  const keys = [...text.matchAll(/<Key>([^<]{1,1024})<\/Key>/g)].map(([, key]) => unescape(key));
  if (!/<IsTruncated>\s*true\s*<\/IsTruncated>/.test(text)) return { keys, next: undefined };
  const [, next] = /<NextContinuationToken>([^<]{1,2048})</.exec(text) ?? [];
  if (next !== undefined) return { keys, next: unescape(next) };
  throw new StorageError("damaged", "Cannot look at uploads: the store's list breaks off");
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function unescape(text: string): string {
  return text.replace(
    /&(?:#(\d{1,6})|#x([0-9a-fA-F]{1,5})|([a-z]{2,4}));/g,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES.get(name) ?? whole;
      const point = decimal === undefined ? parseInt(hex, 16) : Number(decimal);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}
