-- The first form of the database: event logs of tables, and who may sit down at them.
create table tables (
    table_id blob not null primary key check (length(table_id) = 16),
    name text not null,
    created_at_ms integer not null,
    last_seq integer not null,
    lease_epoch integer not null
) strict;

-- (table_id, seq) is the fence: two writers cannot both append the same number.
create table events (
    table_id blob not null references tables,
    seq integer not null,
    at_ms integer not null,
    payload text not null,
    primary key (table_id, seq)
) strict, without rowid;

create table snapshots (
    table_id blob not null primary key references tables,
    seq integer not null,
    payload blob not null
) strict;

-- The first answer to each command, for whoever sends it again.
create table answers (
    table_id blob not null references tables,
    seat integer not null,
    command_id text not null,
    after_seq integer not null,
    answer text not null,
    primary key (table_id, seat, command_id)
) strict, without rowid;
create index answers_by_age on answers (table_id, seat, after_seq);

create table accounts (
    account_id blob not null primary key check (length(account_id) = 16),
    kind text not null check (kind in ('guest', 'registered')),
    name text not null,
    created_at_ms integer not null
) strict;

-- Follows from the events; an index of who belongs to which table.
create table members (
    table_id blob not null references tables,
    account_id blob not null,
    role text not null,
    primary key (table_id, account_id)
) strict, without rowid;
create index members_by_account on members (account_id);

create table session_families (
    family_id blob not null primary key check (length(family_id) = 16),
    account_id blob not null references accounts,
    counter integer not null,
    current_hash blob not null check (length(current_hash) = 32),
    previous_hash blob check (length(previous_hash) = 32),
    rotated_at_ms integer not null,
    created_at_ms integer not null,
    last_used_ms integer not null,
    revoked_at_ms integer
) strict;
create index session_families_by_account on session_families (account_id);

-- One-time links; only hashes are stored.
create table link_codes (
    code_hash blob not null primary key check (length(code_hash) = 32),
    table_id blob not null references tables,
    seat integer not null,
    expires_at_ms integer,
    uses_left integer,
    created_at_ms integer not null
) strict;
create index link_codes_by_seat on link_codes (table_id, seat);
