// The few calls of a vault that the External Secrets Operator makes, answered like Vault's: sign in with an account's token,
// look the token up, read a path of a key-value store (version 2), give the token back.
import { createServer } from 'node:https';

/**
 * Starts one. `secrets` are the values by path below the store `mount`, `roles` say which account a role is for and what it may
 * read, as in Vault's own configuration; `tokens` are the accounts' tokens, as the cluster would know them.
 */
export async function startVault({ certificate, key, mount, secrets, roles, tokens }) {
  const leases = new Map();
  const calls = [];
  let serial = 0;

  const answer = (request, body) => {
    const given = request.headers['x-vault-token'];
    const path = request.url.replace(/^\/v1\//, '');
    if (request.method === 'POST' && path === 'auth/kubernetes/login') {
      const { role, jwt } = JSON.parse(body);
      const account = tokens.get(jwt);
      const bound = roles[role];
      if (!account || !bound || bound.account !== account.name || account.audience !== 'vault') return [403, { errors: ['permission denied'] }];
      const token = `token-${(serial += 1)}`;
      leases.set(token, bound);
      return [200, { auth: { client_token: token, lease_duration: 60, renewable: false } }];
    }
    const bound = leases.get(given);
    if (!bound) return [403, { errors: ['permission denied'] }];
    if (request.method === 'GET' && path === 'auth/token/lookup-self') return [200, { data: { ttl: 60, type: 'service' } }];
    if (request.method === 'POST' && path === 'auth/token/revoke-self') {
      leases.delete(given);
      return [204, null];
    }
    if (request.method === 'GET' && path.startsWith(`${mount}/data/`)) {
      const name = path.slice(`${mount}/data/`.length);
      if (!bound.paths.some((prefix) => name.startsWith(prefix))) return [403, { errors: ['permission denied'] }];
      return name in secrets ? [200, { data: { data: secrets[name], metadata: { version: 1 } } }] : [404, { errors: [] }];
    }
    return [404, { errors: [] }];
  };

  const server = createServer({ cert: certificate, key }, (request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      const [status, value] = answer(request, body);
      calls.push(`${request.method} ${request.url}`);
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(value === null ? '' : JSON.stringify(value));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    calls,
    held: () => leases.size,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
