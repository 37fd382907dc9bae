// A server that says yes to everything, gives every secret away and never hangs up. No attack may be refused by it: one
// that comes out as refused would be a check that cannot fail.
import { createHash } from 'node:crypto';
import net from 'node:net';
import { frame } from './wire.mjs';

/** Starts the sham. What it gives away is `secrets`. */
export async function startSham(secrets) {
  const open = new Set();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    let isSocket = false;
    let held = '';
    let seq = 0;
    socket.on('data', (bytes) => {
      if (isSocket) {
        for (const id of String(unmasked(bytes)).matchAll(/"id":"([^"]*)"/g)) {
          // It cannot keep to itself what happens: whoever asks for something hears of something else first.
          tell('none');
          tell(id[1]);
        }
        if (seq === 0) tell('none');
        return;
      }
      held += bytes.toString('latin1');
      const key = /sec-websocket-key: *(\S+)/i.exec(held)?.[1];
      if (!held.includes('\r\n\r\n')) return;
      if (key === undefined) answer();
      else shake(key);
      held = '';
    });
    const tell = (id) => {
      seq += 1;
      const update = { type: 'update', seq, fresh: seq === 1, ack: { id }, me: { seat: 1, role: 'gm' }, tokens: [{ token: 1, mine: true }] };
      socket.write(frame(JSON.stringify({ ...update, secrets }), { masked: false }));
    };
    const shake = (key) => {
      isSocket = true;
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(`HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
      tell('none');
      const gossip = setInterval(() => tell('none'), 20).unref();
      socket.once('close', () => clearInterval(gossip));
    };
    const answer = () => {
      const origin = /^origin: *(.*)$/im.exec(held)?.[1] ?? '*';
      const host = /^host: *(.*)$/im.exec(held)?.[1] ?? '';
      const links = [`http://${host}/join#x`];
      const body = JSON.stringify({ access: 'a.b.c', expires_in_s: 600, state: 'seated', table: 'x', scene: 1, picture: 1, links, secrets });
      const head = [
        'HTTP/1.1 200 Yes',
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        `Access-Control-Allow-Origin: ${origin}`,
        'Access-Control-Allow-Credentials: true',
        'Set-Cookie: __Host-wardlight=sham',
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    };
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: server.address().port,
    stop() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

/** The payload of the frames in some bytes, as far as they are whole. */
function unmasked(bytes) {
  const parts = [];
  let at = 0;
  while (at + 6 <= bytes.length) {
    let length = bytes[at + 1] & 0x7f;
    let start = at + 2;
    if (length === 126) [length, start] = [bytes.readUInt16BE(at + 2), at + 4];
    else if (length === 127) [length, start] = [Number(bytes.readBigUInt64BE(at + 2)), at + 10];
    const key = bytes.subarray(start, start + 4);
    parts.push(bytes.subarray(start + 4, start + 4 + length).map((byte, index) => byte ^ key[index % 4]));
    at = start + 4 + length;
  }
  return Buffer.concat(parts);
}
