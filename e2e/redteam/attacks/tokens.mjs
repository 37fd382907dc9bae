// Access tokens that nobody signed, that were signed for something else, or that say what they may not.
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { must, refuse } from '../world.mjs';

const base64url = (value) => Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url');

/** The parts of a token as it should be. */
function parts(token) {
  const [header, claims, signature] = token.split('.');
  const read = (part) => JSON.parse(Buffer.from(part, 'base64url'));
  return { header: read(header), claims: read(claims), signature };
}

/** The key that the server signs with, which no attacker has: to see that a good signature alone is not enough. */
const ownKey = (world) => createPrivateKey(readFileSync(path.join(world.server.data, 'keys/access.key.pem')));

/** Signs header and claims, as values or as they shall be written. */
function signed(header, claims, key) {
  const input = `${base64url(header)}.${base64url(claims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

/** Strikes with each token, over HTTP and as the first frame of a socket. */
async function refusedAll(world, tokens) {
  const person = world.mallory.twin();
  for (const [what, token] of tokens) {
    person.access = token;
    const answer = await person.strike('GET', '/api/v1/tables');
    refuse([400, 401, 431].includes(answer.status), `${what}: answered with ${answer.status}`);
    person.access = token;
    const socket = await person.strikeSocket();
    const reason = await socket.bye();
    // Who still writes while the server hangs up may miss its last word.
    refuse(['signed_out', 'malformed', 'too_large', 'code 1006'].includes(reason), `${what}: the socket ends with ${reason}`);
  }
  return `${tokens.length} tokens, each over HTTP and a socket`;
}

const now = () => Math.floor(Date.now() / 1000);

/** A fresh token of the attacker's own account. */
async function fresh(world) {
  must(await world.mallory.ask('POST', '/api/v1/session/refresh'), 200);
  return parts(world.mallory.access);
}

export default [
  {
    number: 9,
    name: 'a token without a signature (alg none)',
    asvs: ['V9.1.1', 'V9.1.2'],
    async attack(world) {
      const { header, claims } = await fresh(world);
      const tokens = ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => [
        [`alg ${alg}, no signature`, `${base64url({ ...header, alg })}.${base64url(claims)}.`],
        [`alg ${alg}, some signature`, `${base64url({ ...header, alg })}.${base64url(claims)}.${base64url('x'.repeat(384))}`],
      ]);
      tokens.push(['the right header, no signature', `${base64url(header)}.${base64url(claims)}.`]);
      return refusedAll(world, tokens);
    },
  },
  {
    number: 10,
    name: 'a token signed with the public key as a secret (HS256)',
    asvs: ['V9.1.2'],
    async attack(world) {
      const { header, claims } = await fresh(world);
      const jwks = must(await world.mallory.ask('GET', '/.well-known/jwks.json'), 200);
      const [jwk] = jwks.json().keys;
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      const secrets = {
        'PEM (SPKI)': key.export({ type: 'spki', format: 'pem' }),
        'PEM without its last line end': key.export({ type: 'spki', format: 'pem' }).trimEnd(),
        'PEM (PKCS 1)': key.export({ type: 'pkcs1', format: 'pem' }),
        'DER': key.export({ type: 'spki', format: 'der' }),
        'JWK': JSON.stringify(jwk),
        'modulus': Buffer.from(jwk.n, 'base64url'),
        'nothing': '',
      };
      const tokens = Object.entries(secrets).flatMap(([name, secret]) =>
        ['HS256', 'HS384', 'HS512'].map((alg) => {
          const input = `${base64url({ ...header, alg })}.${base64url(claims)}`;
          const mac = createHmac(`sha${alg.slice(2)}`, secret).update(input).digest('base64url');
          return [`${alg} with the public key as ${name}`, `${input}.${mac}`];
        }),
      );
      return refusedAll(world, tokens);
    },
  },
  {
    number: 11,
    name: 'a token that brings its own key (jku, x5u, jwk, x5c)',
    asvs: ['V9.1.3', 'V13.2.4'],
    async attack(world) {
      const { header, claims } = await fresh(world);
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
      const jwk = { ...publicKey.export({ format: 'jwk' }), kid: header.kid, alg: 'RS256', use: 'sig' };
      let calls = 0;
      const listener = http.createServer((_, answer) => {
        calls += 1;
        answer.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
      });
      await new Promise((listening) => listener.listen(0, '127.0.0.1', listening));
      const url = `http://127.0.0.1:${listener.address().port}/keys`;
      const tokens = [
        ['jku', { jku: url }],
        ['x5u', { x5u: url }],
        ['jwk', { jwk }],
        ['x5c', { x5c: [publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }],
        ['a key id that is an address', { kid: url }],
      ].map(([what, more]) => [what, signed({ ...header, ...more }, claims, privateKey)]);
      try {
        const told = await refusedAll(world, tokens);
        refuse(calls === 0, `the server fetched a key ${calls} times`);
        return `${told}; nobody was called`;
      } finally {
        listener.close();
      }
    },
  },
  {
    number: 12,
    name: 'a key id that is a path, a query, a control character or very long',
    asvs: ['V9.1.3', 'V16.4.1', 'V5.3.2'],
    isAtEdge: true,
    async attack(world) {
      const { header, claims } = await fresh(world);
      const key = ownKey(world);
      const kids = ['../access.key.pem', '/dev/null', "' OR '1'='1", 'a\u0000b', 'a\r\nFORGED log line', '\u001b[2Jcleared', 'unknown', 'x'.repeat(2_000), 'x'.repeat(65_536), '', null, 7, [], {}];
      const before = world.server.log().length;
      const told = await refusedAll(world, kids.map((kid) => [`kid ${JSON.stringify(kid).slice(0, 40)}`, signed({ ...header, kid }, claims, key)]));
      const log = world.server.log().slice(before);
      refuse(!/^FORGED/m.test(log) && !log.includes('\u001b[2J'), 'a key id wrote a line of its own into the log');
      return told;
    },
  },
  {
    number: 13,
    name: 'a well-signed token with a claim that is wrong or missing',
    asvs: ['V9.2.1', 'V9.2.3', 'V9.2.4'],
    async attack(world) {
      const { header, claims } = await fresh(world);
      const key = ownKey(world);
      const make = (change) => signed(header, { ...claims, ...change }, key);
      const without = (claim) => signed(header, Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim)), key);
      // The right one, made here, is taken: what is refused below is refused for its claim.
      const person = world.mallory.twin();
      person.access = make({});
      must(await person.ask('GET', '/api/v1/tables'), 200);
      const tokens = [
        ...Object.keys(claims).map((claim) => [`without ${claim}`, without(claim)]),
        ['another issuer', make({ iss: 'elsewhere' })],
        ['another audience', make({ aud: 'elsewhere' })],
        ['a list of audiences', make({ aud: [claims.aud] })],
        ['a list with another audience', make({ aud: [claims.aud, 'elsewhere'] })],
        ['a subject that is no account of any form', make({ sub: 'root' })],
        ['a session that is none of any form', make({ sid: '../1' })],
        ['ended', make({ exp: now() - 60, iat: now() - 600 })],
        ['from the future', make({ iat: now() + 600, exp: now() + 900 })],
        ['not valid yet', make({ nbf: now() + 600 })],
        ['valid for a year', make({ exp: now() + 31_536_000 })],
        ...['"soon"', '1e300', '-1', '1.5', 'null', 'true', '[]', `${now() + 300}.25`, '99999999999999999999'].map((exp) => {
          const body = JSON.stringify({ ...claims, exp: 'EXP' }).replace('"EXP"', exp);
          return [`exp ${exp}`, signed(header, body, key)];
        }),
        ['a role', make({ role: 'gm' })],
        ['a scope', make({ scope: 'admin' })],
      ];
      return refusedAll(world, tokens);
    },
  },
  {
    number: 14,
    name: 'a token of another kind as an access token, and the reverse',
    asvs: ['V9.2.2'],
    async attack(world) {
      const { header, claims } = await fresh(world);
      const key = ownKey(world);
      const kinds = ['JWT', 'jwt', 'id+jwt', 'logout+jwt', 'AT+JWT ', 'application/at+jwt', '', null, undefined].map((typ) => [`typ ${typ}`, signed({ ...header, typ }, claims, key)]);
      const [, refreshSecret] = [...world.mallory.cookies].find(([name]) => name === '__Host-wardlight') ?? [];
      const code = world.server.invite.split('#')[1];
      const told = await refusedAll(world, [...kinds, ['the refresh secret', refreshSecret], ['an invite', code]]);
      // An access token is no refresh secret.
      const person = world.mallory.twin();
      person.cookies = new Map([['__Host-wardlight', world.mallory.access]]);
      const answer = await person.strike('POST', '/api/v1/session/refresh');
      refuse(answer.status === 401, `an access token refreshes a session: ${answer.status}`);
      return told;
    },
  },
  {
    number: 16,
    name: 'a token whose form is not exactly ours',
    asvs: ['V9.1.1', 'V1.5.3'],
    async attack(world) {
      const { header, claims } = await fresh(world);
      const key = ownKey(world);
      const verbatim = (head, body) => signed(head, body, key);
      const text = JSON.stringify(claims);
      const good = signed(header, claims, key);
      const [h, c, s] = good.split('.');
      const tokens = [
        ['a claim twice', verbatim(header, text.replace('{', `{"sub":"${'0'.repeat(32)}",`))],
        ['a header field twice', verbatim(JSON.stringify(header).replace('{', '{"alg":"none",'), claims)],
        ['an unknown critical header', signed({ ...header, crit: ['exp'] }, claims, key)],
        ['a header field too many', signed({ ...header, zip: 'DEF' }, claims, key)],
        ['b64 false', signed({ ...header, b64: false, crit: ['b64'] }, claims, key)],
        ['padding', `${h}=.${c}.${s}==`],
        ['standard base64', `${h}.${c}.${s.replace(/-/g, '+').replace(/_/g, '/')}+/`],
        ['a dot at the end', `${good}.`],
        ['four parts', `${good}.${s}`],
        ['two parts', `${h}.${c}`],
        ['a space within', `${h}.${c} .${s}`],
        ['a signature cut short', `${h}.${c}.${s.slice(0, -8)}`],
        ['a claim changed', `${h}.${base64url({ ...claims, exp: claims.exp + 1 })}.${s}`],
        ['no JSON', verbatim(header, 'hello')],
        ['a list', verbatim(header, [claims])],
        ['as large as a page', signed(header, { ...claims, more: 'x'.repeat(8_192) }, key)],
        ['nothing', ''],
      ];
      const told = await refusedAll(world, tokens.filter(([, token]) => token !== ''));
      const person = world.mallory.twin();
      person.access = null;
      for (const header of ['Bearer', 'Bearer ', `Basic ${good}`, `Bearer ${good}, Bearer ${good}`, good]) {
        const answer = await person.strike('GET', '/api/v1/tables', { headers: { Authorization: header } });
        refuse([400, 401].includes(answer.status), `Authorization ${header.slice(0, 20)}: ${answer.status}`);
      }
      return told;
    },
  },
];
