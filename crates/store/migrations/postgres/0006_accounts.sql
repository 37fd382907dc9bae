-- Accounts that sign in by themselves. Of secrets there are hashes and ciphertexts only.
create table logins (
    account_id bytea not null primary key references accounts,
    login text not null unique,
    password text,
    password_set_at_ms bigint not null,
    totp bytea,
    totp_last_step bigint not null default 0,
    locked_at_ms bigint
);

create table passkeys (
    credential_id bytea not null primary key,
    account_id bytea not null references logins,
    name text not null,
    record text not null,
    created_at_ms bigint not null,
    last_used_ms bigint
);
create index passkeys_by_account on passkeys (account_id);

create table recovery_codes (
    account_id bytea not null references logins,
    code_hash bytea not null check (octet_length(code_hash) = 32),
    primary key (account_id, code_hash)
);

-- One-time links of whoever runs the server: to make an account, or to choose a new password.
create table account_links (
    code_hash bytea not null primary key check (octet_length(code_hash) = 32),
    account_id bytea references logins,
    expires_at_ms bigint not null
);

-- What a person recognises a session by, and how it was begun.
alter table session_families add column device text not null default '';
alter table session_families add column methods text not null default 'link';
