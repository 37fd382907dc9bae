// What is asked of a vault by the operator that fetches secrets into a cluster.
import assert from 'node:assert/strict';
import { request } from 'node:https';

/**
 * An operator: `port` is the vault's, `ca` who vouches for it, `find` finds an object of the manifests by its kind and name.
 * Every account's token is `ACCOUNT-AUDIENCE`, as the vault was told.
 */
export function makeOperator({ port, ca, find }) {
  /** A call to the vault of a store, under the name that the store knows it by. */
  function call(store, method, target, { token, body, trusted = ca } = {}) {
    const url = new URL(store.spec.provider.vault.server);
    return new Promise((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port, servername: url.hostname, ca: trusted, method, path: `/v1/${target}`, headers: token ? { 'X-Vault-Token': token } : {} },
        (response) => {
          let text = '';
          response.on('data', (part) => (text += part));
          response.on('end', () => resolve({ status: response.statusCode, value: text ? JSON.parse(text) : null }));
        },
      );
      asked.once('error', reject);
      asked.end(body ? JSON.stringify(body) : undefined);
    });
  }

  /** What the operator does each time: the data of a secret, as its ExternalSecret describes it. */
  async function fetchSecret(external) {
    const store = find(external.spec.secretStoreRef.kind, external.spec.secretStoreRef.name);
    const { path: mount, version, auth } = store.spec.provider.vault;
    assert.equal(version, 'v2');
    const account = auth.kubernetes.serviceAccountRef;
    const login = await call(store, 'POST', `auth/${auth.kubernetes.mountPath}/login`, { body: { role: auth.kubernetes.role, jwt: `${account.name}-${account.audiences[0]}` } });
    assert.equal(login.status, 200, JSON.stringify(login.value));
    const token = login.value.auth.client_token;
    for (let look = 0; look < 2; look += 1) assert.equal((await call(store, 'GET', 'auth/token/lookup-self', { token })).status, 200);
    const data = {};
    for (const { extract } of external.spec.dataFrom) {
      const found = await call(store, 'GET', `${mount}/data/${extract.key}`, { token });
      assert.equal(found.status, 200, extract.key);
      for (const [name, value] of Object.entries(found.value.data.data)) data[name] = Buffer.from(value, extract.decodingStrategy === 'Base64' ? 'base64' : 'utf8');
    }
    assert.equal((await call(store, 'POST', 'auth/token/revoke-self', { token })).status, 204);
    return data;
  }

  return { call, fetchSecret };
}
