//! What only tests may set: dice from a seed, how old a connection gets, and leaks on purpose.
//!
//! The fields exist only with the feature `testing`, which the tests of this crate switch on for themselves. The program
//! that people run is built without it: there is no option, variable or setting that reaches this.

use std::time::Duration;

/// A secret that is given away on purpose, so that the tests of secrecy can be seen to fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leak {
    /// Revisions of maps are numbered by the table's log, which hidden doings advance.
    SharedRevision,
    /// A frame for every event, empty for whom it does not concern.
    FrameForEveryEvent,
    /// "Gone", for tokens that the viewer never saw.
    GoneForUnseen,
    /// A refusal tells whether a token of that number exists.
    TellingRefusal,
    /// Tiles show a pixel beyond what was explored.
    TileEdge,
    /// The list of people counts those who wait at the door.
    CountOfKnocks,
    /// Messages are numbered for the whole table.
    SharedMessageNumber,
}

impl Leak {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::SharedRevision,
        Self::FrameForEveryEvent,
        Self::GoneForUnseen,
        Self::TellingRefusal,
        Self::TileEdge,
        Self::CountOfKnocks,
        Self::SharedMessageNumber,
    ];
}

/// A socket like ours that says back what it hears, for suites that test the protocol beneath. They hurry.
#[cfg(feature = "testing")]
pub fn echo() -> axum::Router {
    use futures_util::{SinkExt, StreamExt};
    const FRAMES_PER_SECOND: u32 = 1_000_000;
    let upgrade = async |request: axum::extract::Request| {
        let asked = crate::socket::Asked::of(request)?;
        let say_back = async |mut socket: crate::socket::Socket| {
            while let Some(Ok(message)) = socket.next().await {
                let is_heard = message.is_text() || message.is_binary();
                if is_heard && socket.send(message).await.is_err() {
                    return;
                }
            }
        };
        Ok::<_, crate::http::problem::Problem>(asked.open(FRAMES_PER_SECOND, crate::clock::Clock, say_back))
    };
    axum::Router::new().route("/", axum::routing::get(upgrade))
}

/// The settings of a test.
#[derive(Clone, Copy, Debug, Default)]
pub struct Testing {
    /// The seed of all dice.
    #[cfg(feature = "testing")]
    pub dice_seed: Option<u64>,
    /// The program that decodes pictures.
    #[cfg(feature = "testing")]
    pub program: Option<&'static str>,
    /// How old a connection gets.
    #[cfg(feature = "testing")]
    pub socket_life: Option<Duration>,
    /// How long a letter of a password alone waits for the code.
    #[cfg(feature = "testing")]
    pub code_wait: Option<Duration>,
    /// The leak that is switched on.
    #[cfg(feature = "testing")]
    pub leak: Option<Leak>,
}

impl Testing {
    /// The seed of all dice, if a test gave one.
    #[cfg(feature = "testing")]
    pub(crate) const fn seed(self) -> Option<u64> {
        self.dice_seed
    }

    /// None.
    #[cfg(not(feature = "testing"))]
    #[expect(clippy::unused_self, reason = "reads as with the feature")]
    pub(crate) const fn seed(self) -> Option<u64> {
        None
    }

    /// The program that decodes pictures, if it is not this one.
    #[cfg(feature = "testing")]
    pub(crate) const fn program(self) -> Option<&'static str> {
        self.program
    }

    /// This one.
    #[cfg(not(feature = "testing"))]
    #[expect(clippy::unused_self, reason = "reads as with the feature")]
    pub(crate) const fn program(self) -> Option<&'static str> {
        None
    }

    /// How old a connection gets, if a test says so.
    #[cfg(feature = "testing")]
    pub(crate) const fn socket_life(self) -> Option<Duration> {
        self.socket_life
    }

    /// As always.
    #[cfg(not(feature = "testing"))]
    #[expect(clippy::unused_self, reason = "reads as with the feature")]
    pub(crate) const fn socket_life(self) -> Option<Duration> {
        None
    }

    /// How long a letter of a password alone waits, if a test says so.
    #[cfg(feature = "testing")]
    pub(crate) const fn code_wait(self) -> Option<Duration> {
        self.code_wait
    }

    /// As always.
    #[cfg(not(feature = "testing"))]
    #[expect(clippy::unused_self, reason = "reads as with the feature")]
    pub(crate) const fn code_wait(self) -> Option<Duration> {
        None
    }

    /// Whether a test wants this given away.
    #[cfg(feature = "testing")]
    pub(crate) fn leaks(self, leak: Leak) -> bool {
        self.leak == Some(leak)
    }

    /// Never.
    #[cfg(not(feature = "testing"))]
    #[expect(clippy::unused_self, reason = "reads as with the feature")]
    pub(crate) const fn leaks(self, _: Leak) -> bool {
        false
    }
}
