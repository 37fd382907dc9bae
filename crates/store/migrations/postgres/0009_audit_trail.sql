-- What happened that concerns security. Each line names the hash of the one before it, and checkpoints are signed.
create table audit_entries (
    seq bigint primary key,
    line text not null,
    hash bytea not null,
    is_checkpoint bigint not null
);
