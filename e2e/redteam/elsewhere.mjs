// Attacks of the catalogue that other tests make, and those whose part of the system does not exist yet.
export default [
  {
    number: 15,
    name: 'a token of a key that is retired, revoked, or not active yet',
    asvs: ['V11.1.2'],
    shownBy: 'crates/server/tests/it/keys.rs#what_a_revoked_key_signed_is_refused_and_its_owner_comes_back_by_themselves',
  },
  {
    number: 57,
    name: 'a disk that is full',
    asvs: ['V16.5.2', 'V16.5.3'],
    shownBy: 'crates/server/tests/it/rest.rs#a_server_that_cannot_store_is_not_ready_and_says_so_until_it_can',
  },
  {
    number: 71,
    name: 'what a container lets its process do',
    asvs: ['V13.2.2'],
    shownBy: 'e2e/deploy/containers.test.mjs#neither container may do anything that it need not',
  },
  {
    number: 72,
    name: 'a changed lock file, a foreign registry, a script at installation',
    asvs: ['V15.2.1', 'V15.2.4'],
    shownBy: 'scripts/npm-locks.mjs#runs something when it is installed',
  },
  {
    number: 73,
    name: 'a key file that is garbage, open to others, or gone',
    asvs: ['V13.3.4', 'V16.5.3'],
    shownBy: 'crates/server/tests/it/keys.rs#a_key_that_cannot_be_used_leaves_the_old_ones_in_force',
  },
];
