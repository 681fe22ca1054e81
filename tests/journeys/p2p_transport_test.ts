/** Journey J11: what two shells without a server are connected by. */

import { begin, shell, town } from "./p2p_shells.ts";

Deno.test("S1.07: a UDP port that is taken is told in one line, and people connect by TLS", async () => {
  await using place = await town();
  const other = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    const port = String((other.addr as Deno.NetAddr).port);
    await using julia = shell(place.folder, "julia");
    await begin(julia, "julia", port);
    await julia.line(
      /^Others reach you by TLS over TCP, not by QUIC\. Cannot open UDP socket 127\.0\.0\.1:\d+: port is already in use$/,
    );
    await using oscar = shell(place.folder, "oscar");
    await oscar.type(`conn 127.0.0.1 ${port}`);
    await oscar.line(/^Now connected to julia/);
    await oscar.type("peers");
    await oscar.line(/^julia {2}connected \(tls\) {2}not verified {2}127/);
  } finally {
    other.close();
  }
});
