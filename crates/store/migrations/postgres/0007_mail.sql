-- A mail address that its owner has proven to read; and, in a link, one that waits for that proof.
alter table logins add column mail text;
create index logins_by_mail on logins (mail) where mail is not null;
alter table account_links add column mail text;
