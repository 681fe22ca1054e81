/**
 * A small S3 in this process, over HTTP on loopback: as much of it as the spool uses, with signatures that are checked. What
 * it does not show is in docs/decisions/0138-a-shared-spool.md.
 */

import { AwsV4Signer } from "aws4fetch";
import { encodeHex } from "../../lib/base/bytes.ts";
import { parseSpoolPlace } from "../../lib/server/config/spool_url.ts";
import type { S3Options } from "../../lib/server/spool/s3_objects.ts";
import { FakeClock } from "./clock.ts";

const CREDENTIALS = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

/** What it takes for the address of `text`, with the keys that it and `s3rver` know. */
export function s3Options(text: string): S3Options {
  const parsed = parseSpoolPlace(text);
  if (!parsed.ok || parsed.place.kind !== "s3") throw new Error("no bucket");
  const clock = new ImpatientClock();
  return { place: parsed.place, credentials: CREDENTIALS, caCerts: [], clock };
}

/** Pauses between tries are over at once; deadlines never come. */
class ImpatientClock extends FakeClock {
  override sleep(): Promise<void> {
    return Promise.resolve();
  }
}

/** Listens until it is disposed of. */
export class S3Double implements AsyncDisposable {
  readonly objects = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Answers in its place. */
  answer: (request: Request) => Response | undefined = () => undefined;
  /** How many objects a list names at once. */
  pageSize = 1000;
  requests = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    const listen = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(listen, (request) => this.#serve(request));
  }

  get url(): string {
    return `s3://127.0.0.1:${this.#server.addr.port}/spool/files?tls=off`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #serve(request: Request): Promise<Response> {
    this.requests++;
    const other = this.answer(request);
    if (other !== undefined) return other;
    if (!await isSigned(request)) return failed(403, "SignatureDoesNotMatch");
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/spool" && request.method === "GET") return this.#list(searchParams);
    if (!pathname.startsWith("/spool/")) return failed(404, "NoSuchBucket");
    const key = pathname.slice("/spool/".length);
    if (request.method === "PUT") return await this.#put(key, request);
    const object = this.objects.get(key);
    if (request.method === "DELETE") {
      this.objects.delete(key);
      return new Response(null, { status: 204 });
    }
    if (object === undefined) return failed(404, "NoSuchKey");
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "") ?? [];
    if (from === undefined) return new Response(object);
    if (Number(from) >= object.length) return failed(416, "InvalidRange");
    return new Response(object.subarray(Number(from), Number(to) + 1), { status: 206 });
  }

  async #put(key: string, request: Request): Promise<Response> {
    const bytes = new Uint8Array(await request.arrayBuffer());
    const sum = encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
    if (request.headers.get("x-amz-content-sha256") !== sum) {
      return failed(400, "XAmzContentSHA256Mismatch");
    }
    this.objects.set(key, bytes);
    return new Response(null);
  }

  #list(query: URLSearchParams): Response {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? "";
    const keys = [...this.objects.keys()].sort().filter((key) =>
      key.startsWith(prefix) && key > after
    );
    const page = keys.slice(0, this.pageSize);
    const isCut = page.length < keys.length;
    const token = isCut ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
    return new Response(
      `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
        `<IsTruncated>${isCut}</IsTruncated>${token}` +
        page.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join("") +
        `</ListBucketResult>`,
    );
  }
}

/** What a store says that refuses. */
export function failed(status: number, code: string): Response {
  const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  return new Response(text, { status });
}

async function isSigned(request: Request): Promise<boolean> {
  const given = request.headers.get("authorization") ?? "";
  const [, region, signed] = /\/([a-z0-9-]+)\/s3\/aws4_request, SignedHeaders=([^,]+)/
    .exec(given) ?? [];
  if (region === undefined) return false;
  const names = signed.split(";").filter((name) => name !== "host");
  const headers = names.map((name): [string, string] => [name, request.headers.get(name) ?? ""]);
  const signer = new AwsV4Signer({
    ...{ ...CREDENTIALS, method: request.method, url: request.url, headers, region, service: "s3" },
    datetime: request.headers.get("x-amz-date") ?? "",
  });
  return await signer.authHeader() === given;
}
