-- Whether events could be stored is proven by writing: the one row counts the proofs.
create table probes (
    probe_id integer not null primary key check (probe_id = 1),
    probe_count integer not null,
    room blob not null
) strict;
insert into probes (probe_id, probe_count, room) values (1, 0, x'');
