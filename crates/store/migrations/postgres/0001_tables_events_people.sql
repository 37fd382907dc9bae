-- The first form of the database: event logs of tables, and who may sit down at them.
create table tables (
    table_id bytea not null primary key check (octet_length(table_id) = 16),
    name text not null,
    created_at_ms bigint not null,
    last_seq bigint not null,
    lease_epoch bigint not null
);

-- (table_id, seq) is the fence: two writers cannot both append the same number.
create table events (
    table_id bytea not null references tables,
    seq bigint not null,
    at_ms bigint not null,
    payload text not null,
    primary key (table_id, seq)
);

create table snapshots (
    table_id bytea not null primary key references tables,
    seq bigint not null,
    payload bytea not null
);

-- The first answer to each command, for whoever sends it again.
create table answers (
    table_id bytea not null references tables,
    seat bigint not null,
    command_id text not null,
    after_seq bigint not null,
    answer text not null,
    primary key (table_id, seat, command_id)
);
create index answers_by_age on answers (table_id, seat, after_seq);

create table accounts (
    account_id bytea not null primary key check (octet_length(account_id) = 16),
    kind text not null check (kind in ('guest', 'registered')),
    name text not null,
    created_at_ms bigint not null
);

-- Follows from the events; an index of who belongs to which table.
create table members (
    table_id bytea not null references tables,
    account_id bytea not null,
    role text not null,
    primary key (table_id, account_id)
);
create index members_by_account on members (account_id);

create table session_families (
    family_id bytea not null primary key check (octet_length(family_id) = 16),
    account_id bytea not null references accounts,
    counter bigint not null,
    current_hash bytea not null check (octet_length(current_hash) = 32),
    previous_hash bytea check (octet_length(previous_hash) = 32),
    rotated_at_ms bigint not null,
    created_at_ms bigint not null,
    last_used_ms bigint not null,
    revoked_at_ms bigint
);
create index session_families_by_account on session_families (account_id);

-- One-time links; only hashes are stored.
create table link_codes (
    code_hash bytea not null primary key check (octet_length(code_hash) = 32),
    table_id bytea not null references tables,
    seat bigint not null,
    expires_at_ms bigint,
    uses_left bigint,
    created_at_ms bigint not null
);
create index link_codes_by_seat on link_codes (table_id, seat);
