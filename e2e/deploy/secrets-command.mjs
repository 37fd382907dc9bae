#!/usr/bin/env node
// The few commands of `vault` that the pages for operators tell to type. What they write is kept in a file, VAULT_KEPT, which
// `keptFor` reads as the vault of `vault.mjs` wants it: secrets, and roles with what their policies let them read.
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NONE = { secrets: {}, policies: {}, roles: {} };
const readKept = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : structuredClone(NONE));

/** `key=value` as the program reads them: behind an `@` stands a file. */
const pairs = (words) =>
  Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at < 1) throw new Error(`${word} is no key=value`);
      const value = word.slice(at + 1);
      return [word.slice(0, at), value.startsWith('@') ? readFileSync(value.slice(1), 'utf8') : value];
    }),
  );

/** Does what the words say to what is kept, in a mount; gives what is printed. */
function obey(kept, mount, words, input) {
  const options = Object.fromEntries(words.filter((word) => word.startsWith('-') && word !== '-').map((word) => word.split('=')));
  const [command, verb, target, ...rest] = words.filter((word) => word === '-' || !word.startsWith('-'));
  const secret = target?.startsWith(`${mount}/`) ? target.slice(mount.length + 1) : undefined;
  const found = () => {
    if (!(secret in kept.secrets)) throw new Error(`No value found at ${target}`);
    return kept.secrets[secret];
  };
  if (command === 'kv' && secret !== undefined && verb === 'put' && rest.length > 0) kept.secrets[secret] = pairs(rest);
  else if (command === 'kv' && secret !== undefined && verb === 'patch' && rest.length > 0) Object.assign(found(), pairs(rest));
  else if (command === 'kv' && secret !== undefined && verb === 'get' && options['-format'] === 'json') return JSON.stringify({ data: { data: found() } });
  else if (command === 'kv' && secret !== undefined && verb === 'get' && options['-field'] in found()) return found()[options['-field']];
  else if (command === 'policy' && verb === 'write' && rest.join() === '-') {
    const [, prefix] = input.match(new RegExp(`^path "${mount}/data/([\\w/]+/)\\*" \\{ capabilities = \\["read"\\] \\}\\s*$`)) ?? [];
    if (!prefix) throw new Error(`not a policy that reads below ${mount}/data: ${input}`);
    kept.policies[target] = prefix;
  } else if (command === 'write' && verb?.startsWith('auth/kubernetes/role/')) kept.roles[verb.slice('auth/kubernetes/role/'.length)] = pairs([target, ...rest]);
  else throw new Error(`not known here: vault ${words.join(' ')}`);
  return '';
}

/** What was written, for a namespace, as `startVault` wants it. */
export function keptFor(file, namespace) {
  const { secrets, policies, roles } = readKept(file);
  const mine = Object.entries(roles).filter(([, role]) => role.bound_service_account_namespaces === namespace && role.audience === 'vault');
  return {
    secrets,
    roles: Object.fromEntries(mine.map(([name, role]) => [name, { account: role.bound_service_account_names, paths: role.policies.split(',').flatMap((policy) => policies[policy] ?? []) }])),
  };
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const file = process.env.VAULT_KEPT;
  const words = process.argv.slice(2);
  try {
    const kept = readKept(file);
    const said = obey(kept, 'wardlight', words, words.includes('-') ? readFileSync(0, 'utf8') : '');
    writeFileSync(file, JSON.stringify(kept));
    process.stdout.write(said);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
