-- Whether events could be stored is proven by writing: the one row counts the proofs.
create table probes (
    probe_id bigint not null primary key check (probe_id = 1),
    probe_count bigint not null,
    room bytea not null
);
insert into probes (probe_id, probe_count, room) values (1, 0, ''::bytea);
