// A server that says yes to everything and never hangs up. No attack may be refused by it: one that comes out as refused would
// be a check that cannot fail. What else it does wrong each attack says that must notice it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { png } from './picture.mjs';
import { frame, sleep } from './wire.mjs';

/** What it does if nothing else is said. */
const USUAL = {
  /** Which flags it gives away with whatever it says. */
  tells: [],
  /** How it answers requests. */
  status: 200,
  /** With which code it refuses commands; it does what it is asked if there is none. */
  refuses: null,
  /** What takes it longer: some text of a request or frame. */
  isSlowWith: () => false,
  slowMs: 20,
  /** What it answers otherwise: likewise. */
  isOddWith: () => false,
  /** What breaks it: likewise. */
  breaksWith: () => false,
  /** The entry of its trail that it finds wrong, whichever was touched. */
  blames: null,
};

/** Starts the sham. `flags` are what it can give away, `keys` where a certificate is that it can show. */
export async function startSham({ flags, keys }) {
  let ways = USUAL;
  let log = '';
  let given = 0;
  let login = null;
  const open = new Set();
  const secrets = () => Object.fromEntries(ways.tells.map((name) => [name, flags.words[name]]));
  const talk = (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    let isSocket = false;
    let held = '';
    let seq = 0;
    socket.on('data', async (bytes) => {
      if (isSocket) {
        const said = String(unmasked(bytes));
        if (ways.isSlowWith(said)) await sleep(ways.slowMs);
        for (const id of said.matchAll(/"id":"([^"]*)"/g)) {
          // It cannot keep to itself what happens: whoever asks for something hears of something else first.
          if (ways.refuses === null) tell('none');
          tell(id[1], said);
        }
        if (seq === 0) tell('none');
        return;
      }
      held += bytes.toString('latin1');
      const key = /sec-websocket-key: *(\S+)/i.exec(held)?.[1];
      if (!held.includes('\r\n\r\n')) return;
      const asked = held;
      held = '';
      if (key === undefined) await answer(asked);
      else shake(key);
    });
    const tell = (id, said = '') => {
      seq += 1;
      const refused = ways.refuses !== null && { code: ways.refuses, message: ways.isOddWith(said) ? 'it is hidden' : '' };
      // Its dice have one side.
      const messages = said.includes('roll 1000d20') ? [{ message: seq, parts: [{ dice: Array(1_000).fill(7) }] }] : [];
      const update = { type: 'update', seq, fresh: seq === 1, ack: { id, ...(refused && { refused }) }, me: { seat: 1, role: 'gm' }, tokens: [{ token: 1, mine: true }], messages };
      socket.write(frame(JSON.stringify({ ...update, secrets: secrets() }), { masked: false }));
    };
    const shake = (key) => {
      isSocket = true;
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(`HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
      tell('none');
      const gossip = setInterval(() => tell('none'), 20).unref();
      socket.once('close', () => clearInterval(gossip));
    };
    const answer = async (asked) => {
      // Whoever signs in is who everybody is from then on.
      login = read(asked)?.login ?? login;
      log += `${new Date().toISOString()}  INFO asked by ${login}\n`;
      if (ways.isSlowWith(asked)) await sleep(ways.slowMs);
      const origin = /^origin: *(.*)$/im.exec(asked)?.[1] ?? '*';
      const host = /^host: *(.*)$/im.exec(asked)?.[1] ?? '';
      const isPicture = /^GET \S+\/(maps|pictures)\//.test(asked) && ways.tells.length > 0;
      const words = { access: 'a.b.c', expires_in_s: 600, state: 'seated', table: 'x', scene: 1, picture: 1, ...(ways.status === 200 && { login }), links: [`http://${host}/join#x`], secrets: secrets(), odd: ways.isOddWith(asked) };
      const body = isPicture ? png(8, 8, flags.colour) : Buffer.from(JSON.stringify(words));
      given += 1;
      const head = [
        `HTTP/1.1 ${ways.breaksWith(asked) ? 500 : ways.status} Yes`,
        `Content-Type: ${isPicture ? 'image/png' : 'application/json'}`,
        `Content-Length: ${body.length}`,
        `Access-Control-Allow-Origin: ${origin}`,
        'Access-Control-Allow-Credentials: true',
        // To each another one.
        ...(ways.status === 200 ? [`Set-Cookie: __Host-wardlight=sham${given}`] : []),
      ];
      socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
    };
  };
  const plain = net.createServer({ allowHalfOpen: true }, talk);
  const [cert, key] = ['local.crt.pem', 'local.key.pem'].map((name) => readFileSync(`${keys}/${name}`));
  // It speaks every TLS that there is.
  const secure = tls.createServer({ cert, key, minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }, talk);
  secure.on('tlsClientError', () => {});
  await Promise.all([plain, secure].map((server) => new Promise((listens) => server.listen(0, '127.0.0.1', listens))));
  return {
    plain: { host: '127.0.0.1', port: plain.address().port },
    secure: { host: '127.0.0.1', port: secure.address().port, secure: {} },
    /** From now on it does wrong in these ways. */
    become(other) {
      ways = { ...USUAL, ...other };
    },
    log: () => log,
    blames: () => ways.blames && `entry ${ways.blames} was changed`,
    connections: () => open.size,
    stop() {
      for (const socket of open) socket.destroy();
      plain.close();
      secure.close();
    },
  };
}

/** What a request says in JSON. */
function read(asked) {
  try {
    return JSON.parse(asked.slice(asked.indexOf('\r\n\r\n') + 4));
  } catch {
    return null;
  }
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
