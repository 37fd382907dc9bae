// Passes a server's answers on without the headers that protect a browser: node bare.mjs <port> <server's port> <certificate> <key>
import { readFileSync } from 'node:fs';
import https from 'node:https';

const [port, server, certificate, key] = process.argv.slice(2);
const protective = /^(content-security-policy|strict-transport-security|x-|referrer-policy|permissions-policy|cross-origin-|reporting-)/;
https
  .createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (asked, answer) => {
    const { method, url, headers } = asked;
    https
      .get({ host: '127.0.0.1', port: server, path: url, method, headers, rejectUnauthorized: false }, (told) => {
        answer.writeHead(told.statusCode, Object.fromEntries(Object.entries(told.headers).filter(([name]) => !protective.test(name))));
        told.pipe(answer);
      })
      .on('error', () => answer.destroy());
  })
  .listen(Number(port), '127.0.0.1');
