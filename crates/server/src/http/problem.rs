//! What the outside is told when something does not work: RFC 9457 problems, chosen in one place.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::Quota;
use tabletop::refusal::Refusal;
use tracing::error;
use utoipa::ToSchema;

use crate::security::Refused;
use crate::table::{Answer, ReachError};

/// A problem with a request. Forbidden and absent are the same one, byte for byte.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The body or a parameter is not what the route takes; the sentence names the field.
    BadRequest(String),
    /// Not signed in, or no longer.
    SignedOut,
    /// No such login, another password, or a locked account: the same, whichever it is.
    WrongPassword,
    /// The password is right, and a code is needed as well; the sentence says which way it is missing.
    SecondFactor(&'static str),
    /// The password is right, and this server asks for the account's passkey as well.
    PasskeyNeeded,
    /// Signed in by a password alone, on a server where that is not enough.
    FactorNeeded,
    /// The passkey is none of ours, or proves nothing.
    WrongPasskey,
    /// Needs a proof of who somebody is that is a few minutes old at most.
    ConfirmFirst,
    /// A guest has no way to sign in that this could be about.
    NoAccount,
    /// Accounts are not made this way here.
    NoRegistration,
    /// Tables are not made by people here.
    NoNewTables,
    /// Somebody has this login.
    Taken,
    /// Not from our pages.
    ForeignOrigin,
    /// Absent, or not for this account.
    NotFound,
    /// The address takes other methods.
    NoSuchMethod,
    /// The body is larger than the route takes, in bytes.
    TooLarge { max_bytes: usize },
    /// A file that is not taken; the sentence names the reason or the limit.
    Unusable(String),
    /// As much is stored as the account may store, or the table hold.
    NoRoom(Quota),
    /// A rule of the table said no.
    Refused(Refusal),
    /// Too many attempts; try again after so many seconds.
    TooMany { retry_after_s: u64 },
    /// More than the server can do at the moment; nothing was changed.
    Busy,
    /// Not now; nothing was changed.
    Unavailable,
    /// A defect of ours; nothing was changed.
    Defect,
}

/// A problem (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// Which problem it is: a path that does not change.
    #[schema(examples("/problems/not-found"))]
    r#type: String,
    /// The same in words.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What is wrong this time, and what to do.
    detail: String,
}

impl Problem {
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad-request", "The request is not understood"),
            Self::SignedOut => (StatusCode::UNAUTHORIZED, "signed-out", "You are not signed in"),
            Self::WrongPassword => (StatusCode::UNAUTHORIZED, "wrong-password", "You are not signed in"),
            Self::SecondFactor(_) => (StatusCode::UNAUTHORIZED, "second-factor", "A code is needed"),
            Self::PasskeyNeeded => (StatusCode::UNAUTHORIZED, "passkey-needed", "A passkey is needed"),
            Self::FactorNeeded => (StatusCode::FORBIDDEN, "factor-needed", "A second factor is needed"),
            Self::WrongPasskey => (StatusCode::UNAUTHORIZED, "wrong-passkey", "You are not signed in"),
            Self::ConfirmFirst => (StatusCode::FORBIDDEN, "confirm-first", "Confirm that it is you"),
            Self::NoAccount => (StatusCode::CONFLICT, "no-account", "You are a guest"),
            Self::NoRegistration => (StatusCode::FORBIDDEN, "no-registration", "An invitation is needed"),
            Self::NoNewTables => (StatusCode::FORBIDDEN, "no-new-tables", "Tables are not made here"),
            Self::Taken => (StatusCode::CONFLICT, "taken", "That name is taken"),
            Self::ForeignOrigin => {
                (StatusCode::FORBIDDEN, "foreign-origin", "The request comes from another site")
            }
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "There is nothing here"),
            Self::NoSuchMethod => {
                (StatusCode::METHOD_NOT_ALLOWED, "no-such-method", "That cannot be done here")
            }
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "That is too large"),
            Self::Unusable(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unusable", "The file cannot be used"),
            Self::NoRoom(_) => (StatusCode::CONFLICT, "no-room", "There is no room for it"),
            Self::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "refused", "That cannot be done"),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many attempts"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "Too much to do at the moment"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available now"),
            Self::Defect => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::BadRequest(detail) | Self::Unusable(detail) => detail.clone(),
            Self::WrongPassword => "The name or the password is not right.".to_owned(),
            Self::SecondFactor(detail) => (*detail).to_owned(),
            Self::PasskeyNeeded => {
                "Sign in with your passkey: a password alone is not enough here.".to_owned()
            }
            Self::FactorNeeded => {
                "Add an authenticator app or a passkey to your account: a password alone is not enough here."
                    .to_owned()
            }
            Self::WrongPasskey => "That passkey is not accepted here.".to_owned(),
            Self::ConfirmFirst => "Sign in again; then it can be done for five minutes.".to_owned(),
            Self::NoAccount => "Create an account first.".to_owned(),
            Self::NoRegistration => {
                "Join a table of whoever runs this server by its invite, or ask them for a link.".to_owned()
            }
            Self::NoNewTables => "Ask whoever runs this server for a table.".to_owned(),
            Self::Taken => "Choose another name to sign in with.".to_owned(),
            Self::SignedOut => "Sign in, or open your invite link again.".to_owned(),
            Self::ForeignOrigin => "Open the table under one of the server's own addresses.".to_owned(),
            Self::NotFound => "The link may be wrong, used or expired.".to_owned(),
            Self::NoSuchMethod => "The Allow header says what this address takes.".to_owned(),
            Self::TooLarge { max_bytes } if *max_bytes < 1024 * 1024 => {
                format!("At most {} kB are taken.", max_bytes / 1024)
            }
            Self::TooLarge { max_bytes } => format!("At most {} MB are taken.", max_bytes / (1024 * 1024)),
            Self::NoRoom(Quota { pictures, bytes }) => format!(
                "One person may store {pictures} pictures here, {} MB together, and one table hold as many. \
                 Ask whoever runs this server for more room.",
                bytes / (1024 * 1024)
            ),
            Self::Refused(refusal) => refusal.to_string(),
            Self::TooMany { retry_after_s } => format!("Try again in {retry_after_s} seconds."),
            Self::Busy => "Nothing was changed; try again in a second.".to_owned(),
            Self::Unavailable => "Nothing was changed; please try again.".to_owned(),
            Self::Defect => "The server met a defect of its own. Nothing was changed.".to_owned(),
        }
    }

    /// A failure of ours: the log gets the chain, the outside a safe sentence.
    pub(crate) fn internal(step: &'static str) -> impl Fn(&(dyn std::error::Error + 'static)) -> Self {
        move |source| {
            error!(step, error = source, "http.failed");
            Self::Unavailable
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, word, title) = self.parts();
        let body = ProblemBody {
            r#type: format!("/problems/{word}"),
            title,
            status: status.as_u16(),
            detail: self.detail(),
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        // What is ours to mend is told where it happens.
        if !status.is_server_error() {
            response.extensions_mut().insert(Refused(word));
        }
        let headers = response.headers_mut();
        let retry_after_s = match self {
            Self::TooMany { retry_after_s } => Some(retry_after_s),
            Self::Busy => Some(1),
            _ => None,
        };
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<ReachError> for Problem {
    fn from(error: ReachError) -> Self {
        match error {
            ReachError::NoTable => Self::NotFound,
            ReachError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<Answer> for Problem {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Refused(Refusal::Unknown | Refusal::NotSeated) => Self::NotFound,
            Answer::Refused(refusal) => Self::Refused(refusal),
            Answer::Retry => Self::Unavailable,
            Answer::Defect => Self::Defect,
        }
    }
}
