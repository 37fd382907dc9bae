// Attacks of the catalogue that other tests make, and those whose part of the system does not exist yet.
export default [
  { number: 15, name: 'a token of a key that is retired, revoked, or not active yet', asvs: ['V11.1.2'], shownBy: 'crates/server/tests/it/keys.rs#what_a_revoked_key_signed_is_refused_and_its_owner_comes_back_by_themselves' },
];
