-- The answers of one batch get an order of their own: which of them is forgotten first must not depend on how rows lie.
alter table answers add column position bigint not null default 0;

drop index answers_by_age;
create index answers_by_age on answers (table_id, seat, after_seq, position);
