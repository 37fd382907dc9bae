// What an attacker speaks: HTTP with any header, bytes as they come, and WebSocket frames that no library would send.
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

/** Sends one request on a connection of its own. Gives what came back, whatever it is. */
export function request({ host, port, from, method = 'GET', path, headers = {}, body, waitMs = 20_000, secure }) {
  return new Promise((resolve, reject) => {
    const options = { host, port, localAddress: from, method, path, headers, agent: false, timeout: waitMs };
    const ask = secure ? (heard) => https.request({ ...options, ...secure, rejectUnauthorized: false }, heard) : (heard) => http.request(options, heard);
    const asked = ask((answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.once('error', reject);
      answer.once('end', () => {
        const bytes = Buffer.concat(parts);
        resolve({
          status: answer.statusCode,
          headers: answer.headers,
          cookies: answer.headers['set-cookie'] ?? [],
          bytes,
          text: bytes.toString('utf8'),
          json() {
            try {
              return JSON.parse(bytes);
            } catch {
              return {};
            }
          },
        });
      });
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer to ${method} ${path} within ${waitMs} ms`)));
    asked.once('error', reject);
    if (body !== undefined) asked.write(body);
    asked.end();
  });
}

/**
 * Opens a connection, sends chunks with pauses between them, and listens until the peer closes or `waitMs` after the last
 * chunk. Gives the text, whether the peer closed, and when.
 */
export function raw({ host, port, from, chunks, pauseMs = 0, waitMs = 1_500, secure }) {
  return new Promise((resolve) => {
    const begun = Date.now();
    const parts = [];
    let isOver = false;
    const end = (closed, error) => {
      if (isOver) return;
      isOver = true;
      socket.destroy();
      const bytes = Buffer.concat(parts);
      resolve({ bytes, text: bytes.toString('latin1'), closed, error, ms: Date.now() - begun });
    };
    const options = { host, port, localAddress: from, rejectUnauthorized: false, ...secure };
    const socket = secure ? tls.connect(options) : net.connect(options);
    socket.on('data', (part) => parts.push(part));
    socket.once('error', (error) => end(true, error.code));
    socket.once('close', () => end(true));
    socket.once(secure ? 'secureConnect' : 'connect', async () => {
      for (const chunk of chunks) {
        if (isOver) return;
        socket.write(chunk);
        if (pauseMs > 0) await sleep(pauseMs);
      }
      setTimeout(() => end(false), waitMs);
    });
  });
}

export const sleep = (ms) => new Promise((later) => setTimeout(later, ms));

/** The opening handshake of a WebSocket (RFC 6455, section 4.1) as bytes. */
export function opening({ host, path, origin }) {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    ...(origin === undefined ? [] : [`Origin: ${origin}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** One frame (RFC 6455, section 5.2), wrong in any way that is asked for. */
export function frame(payload, { opcode = 1, fin = true, reserved = 0, masked = true } = {}) {
  const body = Buffer.from(payload);
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  const mask = masked ? 0x80 : 0;
  if (body.length < 126) head.push(mask | body.length);
  else if (body.length < 65_536) head.push(mask | 126, body.length >> 8, body.length & 0xff);
  else head.push(mask | 127, 0, 0, 0, 0, ...Buffer.from(new Uint32Array([body.length]).buffer).reverse());
  if (!masked) return Buffer.concat([Buffer.from(head), body]);
  const key = randomBytes(4);
  return Buffer.concat([Buffer.from(head), key, body.map((byte, at) => byte ^ key[at % 4])]);
}

/** The close codes among the frames that a server sent after its handshake. */
export function closeCodes(bytes) {
  const codes = [];
  let at = bytes.indexOf('\r\n\r\n') + 4;
  while (at >= 4 && at + 2 <= bytes.length) {
    const opcode = bytes[at] & 0x0f;
    let length = bytes[at + 1] & 0x7f;
    let start = at + 2;
    if (length === 126) [length, start] = [bytes.readUInt16BE(at + 2), at + 4];
    else if (length === 127) [length, start] = [Number(bytes.readBigUInt64BE(at + 2)), at + 10];
    if (opcode === 8 && start + 2 <= bytes.length) codes.push(bytes.readUInt16BE(start));
    at = start + length;
  }
  return codes;
}
