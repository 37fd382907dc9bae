-- A table that was deleted can be brought back for a while; 0 is one that is being removed.
alter table tables add column deleted_at_ms integer;
create index tables_by_deletion on tables (deleted_at_ms) where deleted_at_ms is not null;
-- The account that made it by itself; none if whoever runs the server did.
alter table tables add column founder blob;
create index tables_by_founder on tables (founder) where founder is not null;
-- Whether uploads say of all its pictures that they are stored for it; of older tables the log alone does.
alter table tables add column names_uploads integer not null default 0;
create index uploads_by_blob on uploads (blob_id);
