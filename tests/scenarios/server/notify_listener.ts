/** Stands in for systemd: prints each datagram that comes to the socket of its argument, a line each. Needs --unstable-net. */

const socket = Deno.listenDatagram({ transport: "unixpacket", path: Deno.args[0] });
console.log("listening");
for await (const [bytes] of socket) console.log(new TextDecoder().decode(bytes));
