-- What each account has stored of pictures and at which table, so that there is an end to it.
create table uploads (
    table_id blob not null references tables,
    account_id blob not null references accounts,
    blob_id text not null,
    bytes integer not null,
    primary key (table_id, account_id, blob_id)
) strict, without rowid;
create index uploads_by_account on uploads (account_id);

-- What the owner of an account should know of attempts to sign in to it, the last few of each kind.
create table sign_in_notices (
    account_id blob not null references logins,
    kind text not null,
    at_ms integer not null,
    device text not null,
    primary key (account_id, kind, at_ms)
) strict, without rowid;
