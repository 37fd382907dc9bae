//! What goes in and comes out.

use tabletop::id::{AccountId, BlobId, CommandId, SeatId, TableId};

/// One commit of one table.
#[derive(Clone, Debug)]
pub struct Append {
    /// Which table.
    pub table: TableId,
    /// The lease under which the writer runs; an older one is refused.
    pub lease_epoch: u64,
    /// The number of the last event that the writer knows; the new ones follow it.
    pub expected_seq: u64,
    /// The new events.
    pub events: Vec<NewEvent>,
    /// The answers to the commands that made them, in order.
    pub answers: Vec<NewAnswer>,
    /// What changes in the index of members.
    pub members: Vec<MemberChange>,
}

/// An event to store.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The event as JSON.
    pub payload: String,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
}

/// A stored event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredEvent {
    /// Counts the table's events from 1.
    pub seq: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The event as JSON.
    pub payload: String,
}

/// The answer to a command, to be given again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAnswer {
    /// Whose command.
    pub seat: SeatId,
    /// Which.
    pub command: CommandId,
    /// The answer as JSON.
    pub answer: String,
}

/// A change of the index of members.
#[derive(Clone, Debug)]
pub enum MemberChange {
    /// These are the members now, with their roles.
    Replace(Vec<(AccountId, String)>),
}

/// A table to make.
#[derive(Clone, Debug)]
pub struct NewTable {
    /// Its id.
    pub table: TableId,
    /// Its name.
    pub name: String,
    /// When, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// Its first events.
    pub events: Vec<NewEvent>,
    /// Its first members.
    pub members: Vec<(AccountId, String)>,
    /// The account that makes it by itself; none if whoever runs the server does.
    pub founder: Option<AccountId>,
}

/// How many tables an account may have made by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TablesMax {
    /// Without the deleted ones.
    pub standing: u64,
    /// With those that were deleted and are not removed yet.
    pub with_deleted: u64,
}

/// What became of bringing a table back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Restored {
    /// It is there again.
    Yes,
    /// There is no such table, or it was not deleted, or too long ago.
    NoTable,
    /// Whoever made it has as many as they may.
    NoRoom,
}

/// What became of counting a picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    /// It counts from now on.
    New,
    /// It counted before.
    Before,
    /// There is no room for it, and nothing is counted.
    NoRoom,
}

/// A table in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableRow {
    /// Its id.
    pub table: TableId,
    /// The name it was made with.
    pub name: String,
    /// When, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// The account that made it by itself; none if whoever runs the server did.
    pub founder: Option<AccountId>,
    /// When it was deleted, in milliseconds since 1970.
    pub deleted_at_ms: Option<u64>,
}

/// A table of an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberRow {
    /// Its id.
    pub table: TableId,
    /// Its name.
    pub name: String,
    /// The account's role there.
    pub role: String,
    /// The account that made it by itself; none if whoever runs the server did.
    pub founder: Option<AccountId>,
}

/// A table that was deleted and can be brought back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeletedRow {
    /// Its id.
    pub table: TableId,
    /// Its name.
    pub name: String,
    /// When, in milliseconds since 1970.
    pub deleted_at_ms: u64,
}

/// All that is needed to wake a table.
#[derive(Clone, Debug)]
pub struct StoredTable {
    /// Its name.
    pub name: String,
    /// The newest snapshot.
    pub snapshot: Option<StoredSnapshot>,
    /// The events after the snapshot, in order.
    pub events: Vec<StoredEvent>,
    /// The newest answers of each seat, oldest first.
    pub answers: Vec<NewAnswer>,
    /// The number of the last event.
    pub last_seq: u64,
}

/// A snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredSnapshot {
    /// The last event that it holds.
    pub seq: u64,
    /// The snapshot as its writer made it.
    pub payload: Vec<u8>,
}

/// What kind of account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccountKind {
    /// Came by a link and is known by a cookie.
    Guest,
    /// Can sign in anywhere.
    Registered,
}

/// An account to make.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its id.
    pub account: AccountId,
    /// What kind.
    pub kind: AccountKind,
    /// The name it was made with.
    pub name: String,
    /// When, in milliseconds since 1970.
    pub created_at_ms: u64,
}

/// A sign-in: a chain of refresh secrets, of which the newest is valid. Only hashes are stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FamilyRecord {
    /// The family.
    pub family: [u8; 16],
    /// Whose.
    pub account: AccountId,
    /// Rotations so far.
    pub counter: u32,
    /// SHA-256 of the valid secret.
    pub current_hash: [u8; 32],
    /// SHA-256 of the one before.
    pub previous_hash: Option<[u8; 32]>,
    /// When it was last rotated.
    pub rotated_at_ms: u64,
    /// When it began.
    pub created_at_ms: u64,
    /// When it was last used.
    pub last_used_ms: u64,
    /// When it was revoked.
    pub revoked_at_ms: Option<u64>,
    /// What its owner recognises it by, such as a browser's name.
    pub device: String,
    /// How it was begun, as words of RFC 8176 with spaces between them.
    pub methods: String,
}

/// A one-time link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeRecord {
    /// SHA-256 of the code.
    pub hash: [u8; 32],
    /// What it is for.
    pub kind: CodeKind,
    /// When it ends.
    pub expires_at_ms: Option<u64>,
    /// How often it still works; `None` for always.
    pub uses_left: Option<u32>,
    /// When it was made.
    pub created_at_ms: u64,
}

/// What a link is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeKind {
    /// To sit down on a seat.
    Seat {
        /// At this table.
        table: TableId,
        /// On this seat.
        seat: SeatId,
    },
}

/// An account that signs in by itself, to make.
#[derive(Clone, Debug)]
pub struct NewLogin {
    /// Of a guest who becomes more, or of nobody yet.
    pub account: AccountId,
    /// What is typed to sign in.
    pub login: String,
    /// The hash of the password.
    pub password: String,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
}

/// How an account signs in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoginRecord {
    /// Whose.
    pub account: AccountId,
    /// What is typed to sign in.
    pub login: String,
    /// The hash of the password, if there is one.
    pub password: Option<String>,
    /// When the password was chosen.
    pub password_set_at_ms: u64,
    /// The sealed seed of one-time codes, if they are on.
    pub totp: Option<Vec<u8>>,
    /// Whether whoever runs the server has locked it.
    pub is_locked: bool,
    /// A mail address that its owner has proven to read.
    pub mail: Option<String>,
}

/// A passkey of an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PasskeyRecord {
    /// The id that its authenticator gave it.
    pub credential: Vec<u8>,
    /// Whose.
    pub account: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// The public key and what is known of it, as JSON.
    pub record: String,
    /// When it was added.
    pub created_at_ms: u64,
    /// When somebody last signed in with it.
    pub last_used_ms: Option<u64>,
}

/// What an account is, for how long it may stay signed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// What kind.
    pub kind: AccountKind,
    /// Whether it runs a table.
    pub is_master: bool,
}

/// What a one-time link, of whoever runs the server or in a mail, is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AccountLink {
    /// To make an account.
    Register,
    /// To choose a new password for this one.
    Reset(AccountId),
    /// To prove that the owner of this one reads the mail to an address.
    Mail(AccountId, String),
}

/// What a backup holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BackupReport {
    /// Tables.
    pub table_count: u64,
    /// Events.
    pub event_count: u64,
    /// Pictures.
    pub blob_count: u64,
}

/// A picture that somebody brings to a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewUpload {
    /// Where.
    pub table: TableId,
    /// Who.
    pub account: AccountId,
    /// What.
    pub blob: BlobId,
    /// How large it is.
    pub bytes: u64,
}

/// What one account, and one table, may store of pictures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quota {
    /// How many.
    pub pictures: u64,
    /// All of them together.
    pub bytes: u64,
}

/// Something about signing in that the owner of an account should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoticeRecord {
    /// A word of the server's.
    pub kind: String,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Such as `Firefox on Linux`.
    pub device: String,
}

/// One entry of the audit trail. The store knows neither what it says nor how it is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRecord {
    /// Counted from 1, without a gap.
    pub seq: u64,
    /// Its line.
    pub text: String,
    /// Of the line.
    pub hash: [u8; 32],
    /// Whether the trail may begin with it, when what was before it is let go.
    pub is_checkpoint: bool,
}
