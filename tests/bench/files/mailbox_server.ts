/**
 * As much of a magic-wormhole mailbox server as two programs need that know their code already: Debian has none, and the
 * public one is on the internet (the server protocol of magic-wormhole 0.12). On loopback, for
 * measurements: it forgets nothing and limits nobody.
 */

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly side?: string;
  readonly nameplate?: string;
  readonly mailbox?: string;
  readonly phase?: string;
  readonly body?: string;
  readonly ping?: number;
}

/** Passes on what one side adds to everybody who has opened the mailbox, itself included. */
export class MailboxServer implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #said: object[] = [];
  readonly #open = new Set<WebSocket>();

  constructor() {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      this.#serve(socket);
      return response;
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.close();
    await this.#server.shutdown();
  }

  #serve(socket: WebSocket): void {
    let side = "";
    socket.onopen = () => tell(socket, { type: "welcome", welcome: {} });
    socket.onclose = () => this.#open.delete(socket);
    socket.onmessage = ({ data }) => {
      const message: Message = JSON.parse(data);
      tell(socket, { type: "ack", id: message.id });
      if (message.type === "bind") side = message.side ?? "";
      this.#answer(socket, message, side);
    };
  }

  #answer(socket: WebSocket, message: Message, side: string): void {
    switch (message.type) {
      case "claim":
        return tell(socket, { type: "claimed", mailbox: `mailbox-${message.nameplate}` });
      case "release":
        return tell(socket, { type: "released" });
      case "ping":
        return tell(socket, { type: "pong", pong: message.ping });
      case "open":
        this.#open.add(socket);
        return this.#said.forEach((one) => tell(socket, one));
      case "add": {
        const { phase, body, id } = message;
        const added = { type: "message", side, phase, body, id, server_rx: Date.now() / 1000 };
        this.#said.push(added);
        return this.#open.forEach((one) => tell(one, added));
      }
      case "close":
        this.#open.delete(socket);
        return tell(socket, { type: "closed" });
    }
  }
}

function tell(socket: WebSocket, message: object): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ ...message, server_tx: Date.now() / 1000 }));
}
