// Other sites' pages, poisoned addresses, forgotten files, weak TLS, secrets left lying about.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { PASSWORD, must, refuse } from '../world.mjs';

const handshake = (options, { host, port, secure }) =>
  new Promise((resolve) => {
    try {
      const socket = tls.connect({ host, port, ...secure, rejectUnauthorized: false, ...options }, () => {
        resolve(`${socket.getProtocol()} ${socket.getCipher().name}`);
        socket.destroy();
      });
      socket.once('error', () => resolve(null));
    } catch (error) {
      throw new Error(`this machine cannot try it: ${error.message}`);
    }
  });

export default [
  {
    number: 60,
    name: 'paths that climb, are encoded twice, or lead to what is not public',
    asvs: ['V1.2.2', 'V5.3.2', 'V13.4.5'],
    isAtEdge: true,
    async attack(world) {
      const paths = ['//metrics', '/..;/metrics', '/%2e%2e/metrics', '/%252e%252e/etc/passwd', '/../../../../etc/passwd', '/assets/../../../../etc/passwd', '/assets/%2e%2e/%2e%2e/Cargo.toml', '/assets/..%2f..%2fdata/keys/access.key.pem', '/assets/..%5c..%5cdata', '/%00', '/index.html%00.png', '/api/v1/%2e%2e/metrics', '/api/v1//tables', '/API/v1/tables', '/api/v1/tables/', '/api/v1/tables;x=1', '/./metrics', '/metrics/', '/\\metrics', 'http://127.0.0.1/metrics', '*', '/ready', '/livez', '/readyz', '/healthz', '/debug/pprof', '/data/keys/access.key.pem', '/keys/access.key.pem', '/wardlight.sqlite'];
      for (const target of paths) {
        const told = await world.stranger().strikeRaw({ chunks: [`GET ${target} HTTP/1.1\r\nHost: ${world.host}\r\nConnection: close\r\n\r\n`], waitMs: 800 });
        const body = told.text.slice(told.text.indexOf('\r\n\r\n'));
        // What is no file of the client is its page, which is the same for everybody.
        const isPage = /^HTTP\/1\.1 200 /.test(told.text) && body.includes('<div id="app"');
        const isRefused = /^HTTP\/1\.1 4\d\d /.test(told.text) || told.text === '';
        refuse(isPage || isRefused, `${target} is answered with ${told.text.slice(0, 60)}`);
        refuse(!/wardlight_|BEGIN |root:|\[package\]|SQLite format/.test(body), `${target} gives a file away`);
      }
      return `${paths.length} paths`;
    },
  },
  {
    number: 61,
    name: 'links to another host by what the request says (Host, X-Forwarded-Host)',
    asvs: ['V2.2.1', 'V4.1.3'],
    isAtEdge: true,
    async attack(world) {
      const owner = await world.player();
      const seat = [...owner.seen.seats.values()].find((seat) => seat.name === owner.name).seat;
      for (const headers of [{ Host: 'evil.example' }, { 'X-Forwarded-Host': 'evil.example' }, { Forwarded: 'host=evil.example;proto=https' }, { Host: `evil.example:${new URL(world.origin).port}` }, { 'X-Original-URL': '//evil.example/', 'X-Rewrite-URL': '//evil.example/' }]) {
        for (const [person, method, path] of [[owner, 'POST', `/api/v1/tables/${world.table}/seats/${seat}/link`], [world.master.twin(), 'GET', `/api/v1/tables/${world.table}/invite`]]) {
          const answer = await person.strike(method, path, { headers });
          refuse(!answer.text.includes('evil.example'), `${JSON.stringify(headers)}: ${answer.text.slice(0, 120)}`);
        }
        const page = await world.stranger().strike('GET', '/', { headers });
        refuse(!page.text.includes('evil.example') && !String(page.headers.location ?? '').includes('evil.example'), `${JSON.stringify(headers)}: the page speaks of it`);
      }
    },
  },
  {
    number: 62,
    name: 'pages of other sites that read answers (CORS)',
    asvs: ['V3.4.2', 'V3.5.2', 'V3.5.8'],
    isAtEdge: true,
    async attack(world) {
      const { protocol, hostname, port } = new URL(world.origin);
      const other = protocol === 'http:' ? 'https:' : 'http:';
      const origins = ['null', 'https://evil.example', `${protocol}//${hostname}.evil.example:${port}`, `${protocol}//evil${hostname}:${port}`, `${protocol}//${hostname}:${Number(port) + 1}`, `${other}//${hostname}:${port}`, `http://127.0.0.2:${world.secure.port}`, 'file://', '*', 'http://localhost'];
      const person = world.mallory.twin();
      for (const origin of origins) {
        for (const [method, path] of [['GET', '/api/v1/tables'], ['OPTIONS', '/api/v1/tables'], ['OPTIONS', '/api/v1/session/refresh'], ['GET', '/api/v1/openapi.json'], ['GET', '/.well-known/jwks.json']]) {
          const answer = await person.strike(method, path, { headers: { Origin: origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' } });
          const allowed = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));
          refuse(allowed.length === 0, `${method} ${path} from ${origin}: ${allowed}`);
        }
        const refresh = await person.strike('POST', '/api/v1/session/refresh', { headers: { Origin: origin } });
        refuse(refresh.status === 403, `a session is refreshed from ${origin}: ${refresh.status}`);
      }
      return `${origins.length} origins`;
    },
  },
  {
    number: 63,
    name: 'forms and links of other sites that do something (CSRF, also of signing in)',
    asvs: ['V3.5.1', 'V3.5.2', 'V3.5.3'],
    isAtEdge: true,
    async attack(world) {
      const victim = await world.account();
      const json = JSON.stringify({ login: victim.login, password: PASSWORD });
      const paths = ['/api/v1/session/sign-in', '/api/v1/session/end', '/api/v1/session/refresh', '/api/v1/sessions/end-others', '/api/v1/account/delete', '/api/v1/account/register', '/api/v1/join'];
      for (const path of paths) {
        for (const headers of [
          { Origin: 'https://evil.example', 'Content-Type': 'text/plain' },
          { Origin: 'https://evil.example', 'Content-Type': 'application/json' },
          { Origin: undefined, 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' },
          { Origin: world.origin, 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'cross-site' },
          { Origin: world.origin, 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-site' },
          { Origin: 'null', 'Content-Type': 'multipart/form-data; boundary=x' },
        ]) {
          const browser = victim.twin();
          browser.access = null;
          const answer = await browser.strike('POST', path, { body: json, headers });
          refuse([400, 401, 403, 415].includes(answer.status) && answer.cookies.length === 0, `POST ${path} with ${JSON.stringify(headers)} is answered with ${answer.status}`);
        }
        for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'TRACE']) {
          const browser = victim.twin();
          const answer = await browser.strike(method, path);
          refuse(answer.status === 405, `${method} ${path} is answered with ${answer.status}`);
        }
      }
      for (const path of ['/', '/join', '/table/1', '/icon.svg']) {
        for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND']) {
          const answer = await world.stranger().strike(method, path, { headers: { Origin: undefined } });
          refuse(answer.status === 405, `${method} ${path} is answered with ${answer.status}`);
        }
      }
      // The victim is still signed in.
      must(await victim.ask('POST', '/api/v1/session/refresh'), 200);
      return `${paths.length} addresses`;
    },
  },
  {
    number: 67,
    name: 'old TLS, weak suites, and no word to stay with TLS',
    asvs: ['V12.1.1', 'V12.1.2', 'V3.4.1'],
    isAtEdge: true,
    async attack(world) {
      for (const version of ['TLSv1', 'TLSv1.1']) {
        const agreed = await handshake({ minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' }, world.secure);
        refuse(agreed === null, `${version} is spoken: ${agreed}`);
      }
      for (const ciphers of ['AES128-SHA', 'AES256-SHA', 'AES128-GCM-SHA256', 'DES-CBC3-SHA', 'ECDHE-RSA-AES128-SHA', 'ECDHE-ECDSA-AES128-SHA', 'NULL-SHA', 'ADH-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384']) {
        let agreed = null;
        try {
          agreed = await handshake({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` }, world.secure);
        } catch {
          // This machine's library no longer knows the suite, so nobody here can be talked into it.
        }
        refuse(agreed === null, `${ciphers} is spoken: ${agreed}`);
      }
      const good = await handshake({}, world.secure);
      refuse(good?.startsWith('TLSv1.3') || good?.startsWith('TLSv1.2'), `the best is ${good}`);
      const told = await world.stranger().strikeRaw({ at: world.secure, chunks: [`GET / HTTP/1.1\r\nHost: ${world.isEdge ? world.host : `${world.secure.host}:${world.secure.port}`}\r\nConnection: close\r\n\r\n`] });
      const seconds = Number(/strict-transport-security: max-age=(\d+)/i.exec(told.text)?.[1] ?? 0);
      // An address has no name that a browser could remember this for; it is sent all the same.
      refuse(seconds >= 31_536_000, `HSTS is ${seconds} s`);
      return `agreed on ${good}`;
    },
  },
  {
    number: 69,
    name: 'figures, debugging, maps of sources, repositories and settings from outside',
    asvs: ['V13.4.1', 'V13.4.2', 'V13.4.5', 'V13.4.7'],
    isAtEdge: true,
    async attack(world) {
      const files = ['assets/', 'api/', 'api/v1/', 'metrics', 'debug', 'health', 'status', 'server-status', 'actuator', 'actuator/env', '.git/HEAD', '.git/config', '.svn/entries', '.env', '.env.local', '.DS_Store', 'Cargo.toml', 'Dockerfile', 'wardlight.toml', 'config.json', 'backup.zip', 'dump.sql', 'index.html.bak', 'index.html~', 'package.json', 'assets/index.js.map', 'swagger-ui', 'graphql', 'phpinfo.php', 'admin', '.well-known/openid-configuration', '.aws/credentials', 'id_rsa'];
      const home = (await world.stranger().ask('GET', '/')).text;
      const assets = [...home.matchAll(/\/assets\/[^"']+\.(?:js|css)/g)].map(([name]) => name);
      refuse(assets.length > 0, 'the page has no files');
      for (const file of files) {
        const answer = await world.stranger().strike('GET', `/${file}`);
        refuse(answer.status === 404 || (answer.status === 200 && answer.text === home), `/${file} is answered with ${answer.status}, ${answer.text.slice(0, 60)}`);
      }
      for (const asset of assets) {
        const map = await world.stranger().strike('GET', `${asset}.map`);
        refuse(map.status === 404, `${asset}.map is answered with ${map.status}`);
        const code = await world.stranger().ask('GET', asset);
        refuse(!/sourceMappingURL=/.test(code.text), `${asset} names its sources`);
      }
      const figures = await world.server.metrics();
      refuse(!figures.includes(world.table) && !/The yard|Lantern/.test(figures) && world.flags.in(figures).length === 0, 'the figures name tables');
      const answer = await world.stranger().ask('GET', '/');
      // An edge says its own name, without its version.
      refuse([undefined, ...(world.isEdge ? ['nginx'] : [])].includes(answer.headers.server) && answer.headers['x-powered-by'] === undefined, 'the server says what it is made of');
      return `${files.length + assets.length} addresses`;
    },
  },
  {
    number: 70,
    name: 'secrets in the log, the environment, the command line or an error',
    asvs: ['V16.2.5', 'V13.3.1', 'V14.2.1', 'V16.5.1'],
    async attack(world) {
      const canary = 'canary violin tugboat anchovy';
      const person = world.stranger();
      await person.ask('POST', '/api/v1/account/register', { json: { login: 'canary', password: canary } });
      await person.ask('POST', '/api/v1/session/sign-in', { json: { login: 'canary', password: `${canary} wrong` } });
      const broken = await person.strike('POST', '/api/v1/session/sign-in', { body: `{"login":"canary","password":"${canary}`, headers: { 'Content-Type': 'application/json' } });
      refuse(broken.status === 400 && !broken.text.includes(canary), `an error repeats a password: ${broken.text}`);
      const home = path.join(world.server.data, 'keys');
      const keys = readdirSync(home).filter((name) => /\.key(\.pem)?$/.test(name)).map((name) => readFileSync(path.join(home, name), 'latin1').trim());
      if (keys.length < 5) throw new Error(`there are only ${keys.length} keys`);
      const people = world.people.filter((someone) => someone.access !== null);
      const secrets = [canary, PASSWORD, world.server.master.split('#')[1], ...keys.flatMap((key) => key.split('\n').filter((line) => line.length > 30 && !line.includes('-----'))), ...people.map(({ access }) => access), ...people.flatMap(({ cookies }) => [...cookies.values()])];
      const places = {
        'the log': world.server.log(),
        'the environment': environment(world.server.pid),
        'the command line': readFileSync(`/proc/${world.server.pid}/cmdline`, 'latin1'),
        'the figures': await world.server.metrics(),
      };
      for (const [where, text] of Object.entries(places)) {
        const found = secrets.filter((secret) => secret.length > 8 && text.includes(secret));
        refuse(found.length === 0, `${where} holds ${found.length} secrets`);
      }
      return `${secrets.length} secrets in ${Object.keys(places).length} places`;
    },
  },
];

/** What a process was started with, as far as it lets this user see. */
function environment(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch (error) {
    if (error.code !== 'EACCES') throw error;
    return '';
  }
}
