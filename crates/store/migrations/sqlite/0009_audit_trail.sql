-- What happened that concerns security. Each line names the hash of the one before it, and checkpoints are signed.
create table audit_entries (
    seq integer primary key,
    line text not null,
    hash blob not null,
    is_checkpoint integer not null
) strict;
