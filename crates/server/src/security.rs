//! What the log tells of security: who comes in and goes, what of an account changes, and who is refused what (OWASP ASVS 5.0,
//! V16.3). Each is told once, where it is decided, inside a span that says by which way and from where.
//!
//! Peers decide how often they are refused, so refusals have a budget: what is left out is counted, and told with the next
//! one. Addresses are never told, only names for them that mean nothing after a restart.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{MatchedPath, Request};
use axum::http::Extensions;
use axum::middleware::Next;
use axum::response::Response;
use identity::entropy::{EntropyError, secret};
use protocol::ByeReason;
use sha2::{Digest, Sha256};
use tabletop::id::{AccountId, TableId};
use tabletop::refusal::Refusal;
use tracing::{Instrument, Span, field, info, info_span, warn};

use crate::app::App;
use crate::bucket::{Bucket, Rate};
use crate::http::Peer;
use crate::limits::REFUSALS_TOLD_PER_MINUTE_MAX;
use crate::sessions::hex;

/// Why an answer is no: the word of its problem.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Refused(pub(crate) &'static str);

/// Names for addresses, and the budget of refusals.
pub(crate) struct SecurityLog {
    salt: [u8; 16],
    refusals: Mutex<Refusals>,
}

#[derive(Default)]
struct Refusals {
    /// By what refused.
    told: HashMap<&'static str, Told>,
    /// All of them, by what refused and why.
    counts: BTreeMap<(&'static str, &'static str), u64>,
}

struct Told {
    bucket: Bucket,
    left_out: u64,
}

impl Refusals {
    /// Whether one more may be told, and how many were left out since the last.
    fn tell(&mut self, by: &'static str, now_ms: u64) -> Option<u64> {
        let rate = Rate::per_minute(REFUSALS_TOLD_PER_MINUTE_MAX);
        let told =
            self.told.entry(by).or_insert_with(|| Told { bucket: Bucket::full(rate, now_ms), left_out: 0 });
        match told.bucket.take(rate, 1, now_ms) {
            Ok(()) => Some(std::mem::take(&mut told.left_out)),
            Err(_) => {
                told.left_out += 1;
                None
            }
        }
    }
}

impl SecurityLog {
    pub(crate) fn new() -> Result<Self, EntropyError> {
        Ok(Self { salt: secret::<16>()?, refusals: Mutex::default() })
    }

    /// A name for whoever has an address, the same until the next start: enough to see that two lines are about one.
    pub(crate) fn name_of(&self, address: IpAddr) -> String {
        let mut hash = Sha256::new_with_prefix(self.salt);
        match address.to_canonical() {
            IpAddr::V4(address) => hash.update(address.octets()),
            // One household has a network of them.
            IpAddr::V6(address) => hash.update(&address.octets()[..8]),
        }
        let hash: [u8; 32] = hash.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        hex(&id)[..12].to_owned()
    }

    /// Counts a refusal. Whether it may be told, and how many were left out since the last.
    fn refuse(&self, by: &'static str, reason: &'static str, now_ms: u64) -> Option<u64> {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        *refusals.counts.entry((by, reason)).or_default() += 1;
        refusals.tell(by, now_ms)
    }

    /// A page broke the content security policy, as anybody may say. They are counted elsewhere.
    pub(crate) fn policy_violated(&self, directive: &'static str, now_ms: u64) {
        let told = self.refusals.lock().unwrap_or_else(PoisonError::into_inner).tell("page", now_ms);
        if let Some(left_out) = told {
            warn!(directive, left_out, "page.policy_violated");
        }
    }

    /// How often who refused what, told or not: by whom, why, how often.
    pub(crate) fn refusals(&self) -> Vec<(&'static str, &'static str, u64)> {
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.counts.iter().map(|(&(by, reason), &count)| (by, reason, count)).collect()
    }

    /// A rule of the table said no to a command.
    pub(crate) fn command_refused(&self, table: TableId, refusal: &Refusal, now_ms: u64) {
        if let Some(left_out) = self.refuse("command", refusal.code(), now_ms) {
            info!(%table, refusal = refusal.code(), left_out, "command.refused");
        }
    }

    /// A socket was closed by us. If it was for what its peer may not, or sent, that is a refusal.
    pub(crate) fn socket_ended(&self, reason: ByeReason, now_ms: u64) {
        let reason = match reason {
            ByeReason::Malformed => "malformed",
            ByeReason::SignedOut => "signed_out",
            ByeReason::NoTable => "no_table",
            ByeReason::TooLarge => "too_large",
            ByeReason::TooFast => "too_fast",
            ByeReason::Removed
            | ByeReason::TooSlow
            | ByeReason::Outdated
            | ByeReason::Aged
            | ByeReason::Unavailable => return,
        };
        if let Some(left_out) = self.refuse("socket", reason, now_ms) {
            info!(reason, left_out, "socket.refused");
        }
    }
}

/// The account of whoever asks is known from here on, whether or not they are who they say.
pub(crate) fn about(account: AccountId) {
    Span::current().record("account", field::display(account));
}

/// Where a request comes from, for the span of all that it causes.
pub(crate) fn span_of_socket(app: &App, peer: IpAddr) -> Span {
    let from = app.tables.security.name_of(peer);
    info_span!("socket", from, account = field::Empty, table = field::Empty)
}

/// Everything that a request causes is told with its route and where it comes from; that it was refused, as well.
pub(crate) async fn attend(app: Arc<App>, request: Request, next: Next) -> Response {
    let from = address(&app, &request).map(|address| app.tables.security.name_of(address));
    let span = info_span!(
        "request",
        method = %request.method(),
        route = route(request.extensions()),
        from,
        account = field::Empty
    );
    let response = next.run(request).instrument(span.clone()).await;
    if let Some(Refused(problem)) = response.extensions().get().copied()
        && let Some(left_out) = app.tables.security.refuse("http", problem, app.tables.clock.now_ms())
    {
        let _inside = span.enter();
        info!(problem, status = response.status().as_u16(), left_out, "http.refused");
    }
    response
}

fn address(app: &App, request: &Request) -> Option<IpAddr> {
    let Peer(peer) = request.extensions().get().copied()?;
    Some(app.proxies.client(peer.ip(), request.headers()))
}

/// The route as it is described, without what stands for its parts: those may be links.
fn route(extensions: &Extensions) -> &str {
    extensions.get::<MatchedPath>().map_or("none", MatchedPath::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_name_until_the_next_start() {
        let (watch, later) = (SecurityLog::new().unwrap(), SecurityLog::new().unwrap());
        let [one, mapped, another] =
            ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"].map(|text| text.parse::<IpAddr>().unwrap());
        assert_eq!(watch.name_of(one), watch.name_of(mapped));
        assert_ne!(watch.name_of(one), watch.name_of(another));
        assert_ne!(watch.name_of(one), later.name_of(one));
        let [here, near, far] =
            ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"].map(|text| text.parse::<IpAddr>().unwrap());
        assert_eq!(watch.name_of(here), watch.name_of(near));
        assert_ne!(watch.name_of(here), watch.name_of(far));
        assert_eq!(watch.name_of(here).len(), 12);
    }

    #[test]
    fn refusals_have_a_budget_each_and_what_is_left_out_is_counted() {
        let watch = SecurityLog::new().unwrap();
        for _ in 0..REFUSALS_TOLD_PER_MINUTE_MAX {
            assert_eq!(watch.refuse("a", "no", 0), Some(0));
        }
        assert_eq!((watch.refuse("a", "no", 0), watch.refuse("a", "never", 0)), (None, None));
        assert_eq!(watch.refuse("b", "no", 0), Some(0));
        assert_eq!(watch.refuse("a", "no", 60_000), Some(2));
        assert_eq!(watch.refuse("a", "no", 60_000), Some(0));
        let all = u64::from(REFUSALS_TOLD_PER_MINUTE_MAX) + 3;
        assert_eq!(watch.refusals(), [("a", "never", 1), ("a", "no", all), ("b", "no", 1)]);
    }
}
