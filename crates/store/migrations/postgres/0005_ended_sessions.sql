-- Sessions that ended a short while ago are read at the start: access tokens of theirs may still live.
create index session_families_by_end on session_families (revoked_at_ms) where revoked_at_ms is not null;
