// The broadcaster everyone writes with node's `ws`: node node_ws_peer.js PORT EVENTS_PER_SECOND PAYLOAD_BYTES
const { WebSocketServer, WebSocket } = require(process.env.WS_MODULE || '/usr/share/nodejs/ws');

const [port, rate, bytes] = process.argv.slice(2).map(Number);
const server = new WebSocketServer({ port, host: '127.0.0.1', backlog: 4096, perMessageDeflate: false });
server.on('connection', (socket) => socket.on('error', () => socket.terminate()));

/** One event in the shape of wsfloor's; its stamp is the time it was due, or now if that is earlier. */
function event(number, due) {
  const start = `{"offset":${number},"conversation":"c","seq":${number},"type":"message.delta","run":"r","text":"t=${due};`;
  return start.padEnd(bytes - 2, 'x') + '"}';
}

const halfPeriod = BigInt(Math.floor(0.5e9 / rate));
let startedAt = 0n;
let sent = 0;

function publishWhatIsDue() {
  const now = process.hrtime.bigint();
  if (server.clients.size === 0) startedAt = 0n;
  else if (startedAt === 0n) [startedAt, sent] = [now, 0];
  // Timers are as coarse as the period: an event may go half a period early rather than a whole one late.
  // Gives up after 50 ms, so that an overloaded broadcaster still accepts.
  while (startedAt > 0n && process.hrtime.bigint() - now < 50_000_000n) {
    const due = startedAt + BigInt(Math.floor((sent * 1e9) / rate));
    if (due > now + halfPeriod) break;
    sent += 1;
    const text = event(sent, due < now ? due : now);
    for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(text);
  }
}

setInterval(publishWhatIsDue, Math.max(1, Math.floor(1000 / rate)));
