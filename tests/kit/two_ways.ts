/** One address of 127.0.0.1 that leads to somebody by TCP and by UDP, each of which can fail in its own way. */

import { FaultProxy } from "./fault_proxy.ts";
import { UdpFaultProxy } from "./udp_fault_proxy.ts";

/** Both at a port of the same number. */
export class TwoWays implements AsyncDisposable {
  readonly tcp: FaultProxy;
  readonly udp: UdpFaultProxy;

  private constructor(tcp: FaultProxy, udp: UdpFaultProxy) {
    this.tcp = tcp;
    this.udp = udp;
  }

  /** Leads to `tcpPort`, and by UDP to the same one or another. */
  static async open(
    tcpPort: number,
    { seed = 1, udpPort = tcpPort }: { seed?: number; udpPort?: number } = {},
  ): Promise<TwoWays> {
    for (;;) {
      const tcp = FaultProxy.open(tcpPort);
      try {
        return new TwoWays(tcp, UdpFaultProxy.open(udpPort, { seed, port: tcp.port }));
      } catch (error) {
        await tcp.close();
        // The number is free for one of the two only: the next one may be for both.
        if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      }
    }
  }

  get address() {
    return { host: "127.0.0.1", port: this.tcp.port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tcp.close();
    await this.udp[Symbol.asyncDispose]();
  }
}
