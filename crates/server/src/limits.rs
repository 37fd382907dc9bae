//! Every limit of the server, in one place, with its unit in the name. Those of a table are in `tabletop::limits`,
//! those of a frame in `protocol`.

use std::time::Duration;

use crate::bucket::Rate;

/// The first bytes of a connection, its TLS handshake and the head of a request are due within.
pub(crate) const FIRST_WORD_TIMEOUT: Duration = Duration::from_secs(10);
/// The first frame is due within.
pub(crate) const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// Sockets from one address that have not said who they are.
pub(crate) const STRANGERS_PER_ADDRESS_MAX: usize = 40;
/// The server pings a connection after; a setting may shorten it.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(20);
/// It is as short as this at least.
pub(crate) const PING_INTERVAL_MIN: Duration = Duration::from_millis(100);
/// A connection that says nothing, pongs included, is dead after.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(45);
/// A connection is as old as this at most; its page opens another. Up to a twelfth less, so that not all leave at once.
pub(crate) const SOCKET_LIFE_MAX: Duration = Duration::from_secs(12 * 60 * 60);
/// Frames that a connection may send a second, on the average; a piece of a message, an empty one and a ping count too.
pub(crate) const FRAMES_PER_SECOND_MAX: u32 = 120;
/// Frames that a connection may send at once.
pub(crate) const FRAMES_BURST_MAX: u32 = 400;
/// Drags, rulers, pings and looks as a player that an account may show: a second on the average, and at once.
pub(crate) const FLEETING_RATE: Rate = Rate::new(30.0, 60.0);
/// Lines of chat of an account, likewise.
pub(crate) const LINE_RATE: Rate = Rate::new(2.0, 10.0);
/// Rolls of an account, likewise.
pub(crate) const ROLL_RATE: Rate = Rate::new(5.0, 20.0);
/// Other commands of an account, likewise.
pub(crate) const COMMAND_RATE: Rate = Rate::new(30.0, 200.0);
/// Connections of one seat or waiting person.
pub(crate) const CONNECTIONS_PER_ACCOUNT_MAX: usize = 5;
/// Frames that wait for a slow client.
pub(crate) const OUTBOX_FRAMES_MAX: usize = 1_024;
/// Frames that wait in line before ephemeral ones are merged.
pub(crate) const OUTBOX_FRAMES_IN_LINE: usize = 64;
/// How often frames leave for a player whose timing is padded.
pub(crate) const PADDED_TICK: Duration = Duration::from_millis(100);
/// Bytes that wait for a slow client; a fresh view of the largest scene fits.
pub(crate) const OUTBOX_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What a socket reads and writes at once; larger frames make room for themselves.
pub(crate) const SOCKET_BUFFER_BYTES: usize = 16 * 1024;
/// Messages that wait for a table.
pub(crate) const MAILBOX_MESSAGES_MAX: usize = 1_024;
/// Commands that one commit takes.
pub(crate) const COMMANDS_PER_BATCH_MAX: usize = 256;
/// Answers that are remembered for a seat.
pub(crate) const ANSWERS_PER_SEAT_MAX: usize = 256;
/// Events after which a snapshot is taken.
pub(crate) const EVENTS_PER_SNAPSHOT: u64 = 1_000;
/// A table without people sleeps after.
pub(crate) const IDLE_BEFORE_SLEEP: Duration = Duration::from_secs(60);
/// A request body of JSON, in bytes.
pub(crate) const JSON_BYTES_MAX: usize = 16 * 1024;
/// An uploaded map, in bytes.
pub(crate) const MAP_BYTES_MAX: usize = 64 * 1024 * 1024;
/// An uploaded picture of a token, in bytes.
pub(crate) const PICTURE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Tiles that are cut or masked at once.
pub(crate) const TILES_AT_ONCE_MAX: usize = 4;
/// Maps whose files of tiles stay open.
pub(crate) const OPEN_TILE_FILES_MAX: usize = 128;
/// The side of a token's picture, in pixels.
pub(crate) const TOKEN_PICTURE_PX_MAX: u32 = 512;
/// A picture is decoded and encoded again within.
pub(crate) const DECODE_TIMEOUT: Duration = Duration::from_secs(60);
/// What a decoded picture may be as a file again, in bytes.
pub(crate) const DECODED_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Pictures that an account may store, and that a table may hold, unless a setting says otherwise.
pub(crate) const PICTURES_STORED_MAX: u32 = 2_000;
/// What these may be together, in MiB.
pub(crate) const PICTURES_STORED_MIB_MAX: u32 = 4_096;
/// Uploads that are read at the same time.
pub(crate) const UPLOADS_AT_ONCE_MAX: usize = 2;
/// A one-time link is valid for, in milliseconds.
pub(crate) const SEAT_LINK_LIFE_MS: u64 = 15 * 60 * 1000;
/// The first game master link is valid for, in milliseconds.
pub(crate) const GM_LINK_LIFE_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// Whether something can be stored is known within, or it cannot.
pub(crate) const READY_TIMEOUT: Duration = Duration::from_secs(2);
/// A request is answered within.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// An upload arrives within.
pub(crate) const UPLOAD_TIMEOUT: Duration = Duration::from_secs(300);
/// Requests to the interface a minute, from one address.
pub(crate) const REQUESTS_PER_MINUTE_MAX: u32 = 12_000;
/// What an account may spend on requests a minute. A look costs 1.
pub(crate) const COSTS_PER_MINUTE_MAX: u32 = 6_000;
/// What a request costs that changes something.
pub(crate) const COST_OF_A_CHANGE: u32 = 5;
/// What a file that is read or gathered costs, and a table that is made, deleted or brought back.
pub(crate) const COST_OF_A_FILE: u32 = 100;
/// Attempts to join a minute, from one address.
pub(crate) const JOINS_PER_MINUTE_MAX: u32 = 60;
/// Refusals of one kind that the log tells a minute; the others are counted.
pub(crate) const REFUSALS_TOLD_PER_MINUTE_MAX: u32 = 60;
/// Reports of broken policies a minute, from one address.
pub(crate) const REPORTS_PER_MINUTE_MAX: u32 = 30;
/// How often the database is asked for sessions that others ended.
pub(crate) const ENDED_LOOK_EVERY: Duration = Duration::from_millis(500);
/// Accounts that are made a minute, and links that are tried, from one address.
pub(crate) const REGISTRATIONS_PER_MINUTE_MAX: u32 = 10;
/// What is over is forgotten so often.
pub(crate) const FORGET_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// A sign-in is forgotten so long after it ended or was used last, in milliseconds: later than each that still works.
pub(crate) const SESSIONS_KEPT_MS: u64 = 90 * 24 * 60 * 60 * 1000;
const _: () = assert!(SESSIONS_KEPT_MS > identity::SessionLimits::GUEST.idle_ms);
/// A table that was deleted can be brought back for so long, in milliseconds; then it is removed.
pub(crate) const DELETED_TABLES_KEPT_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Tables that an account may have made.
pub(crate) const TABLES_PER_ACCOUNT_MAX: u64 = 50;
/// The same with the deleted ones that are not removed yet.
pub(crate) const TABLES_WITH_DELETED_MAX: u64 = 100;
/// What cannot be undone needs a proof of who somebody is that is at most so old, in seconds.
pub(crate) const FRESH_S: u64 = 5 * 60;
/// Passkeys of an account.
pub(crate) const PASSKEYS_PER_ACCOUNT_MAX: usize = 20;
/// A link to make an account is valid for, in milliseconds.
pub(crate) const REGISTER_LINK_LIFE_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// A link to prove a mail address is valid for, in milliseconds.
pub(crate) const MAIL_LINK_LIFE_MS: u64 = 24 * 60 * 60 * 1000;
/// Letters that somebody can have sent to one account: one every twenty minutes, on the average.
pub(crate) const LETTERS: Rate = Rate::new(1.0 / 1200.0, 3.0);
/// Letters that tell the owner of an account of attempts to sign in to it, likewise.
pub(crate) const NOTICE_LETTERS: Rate = Rate::new(1.0 / 1200.0, 3.0);
/// Notices of one kind that an account keeps.
pub(crate) const NOTICES_PER_KIND_MAX: u32 = 10;
/// A code that follows a password later than this does not complete it: its owner is told of the password alone.
pub(crate) const CODE_WAIT: Duration = Duration::from_secs(10 * 60);
/// With so many attempts without success at one name, or from one browser of theirs, its owner is told: with the first that
/// makes the next one wait.
pub(crate) const FAILURES_TOLD: u32 = 6;
/// Accounts that are written to where somebody names their mail address.
pub(crate) const ACCOUNTS_PER_MAIL_MAX: u32 = 5;
/// A link to choose a new password is valid for, in milliseconds.
pub(crate) const RESET_LINK_LIFE_MS: u64 = 60 * 60 * 1000;
/// Things that wait to be written into the audit trail; more are counted and left out.
pub(crate) const AUDIT_QUEUE_MAX: usize = 4_096;
/// Entries of the audit trail after which one signs them.
pub(crate) const AUDIT_CHECKPOINT_ENTRIES: usize = 1_000;
// What the server leaves unsigned at most, with what it says of itself: the check takes more for a forgery.
const _: () = assert!(2 * AUDIT_CHECKPOINT_ENTRIES + 8 < audit::UNSIGNED_MAX as usize);
/// An entry of the audit trail is signed within.
pub(crate) const AUDIT_CHECKPOINT_AFTER: Duration = Duration::from_secs(60);
/// An audit trail that could not be written is tried again after.
pub(crate) const AUDIT_RETRY_AFTER: Duration = Duration::from_secs(1);
/// Entries of the audit trail that are kept; older ones go, up to a checkpoint.
pub(crate) const AUDIT_ENTRIES_KEPT: u64 = 1_000_000;
