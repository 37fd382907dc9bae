//! What a browser is called in the list of sessions, and how one that signed in before is known again.

use axum::http::{HeaderMap, HeaderName, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::DeviceKey;
use tabletop::id::AccountId;

/// The cookie by which a browser that signed in before is known: not to sign in with, but to be spared when somebody
/// else guesses at the account (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
const COOKIE: &str = "__Host-wardlight-device";
const LIFE_S: u64 = 400 * 24 * 60 * 60;

/// A browser's name as people know it, such as `Firefox on Linux`.
pub(crate) fn device_name(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    // Most of them name others as well: the more particular first.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "Another program".to_owned(),
    }
}

/// A browser that may have signed in before.
#[derive(Clone, Copy)]
pub(crate) struct Browser {
    pub(crate) id: [u8; 16],
    mark: [u8; 16],
}

impl Browser {
    /// The browser that asks, if it says that it was here before.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = crate::http::cookie(headers, COOKIE)?;
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok()?;
        let (mut id, mut mark) = ([0; 16], [0; 16]);
        id.copy_from_slice(&bytes[..16]);
        mark.copy_from_slice(&bytes[16..]);
        Some(Self { id, mark })
    }

    /// Whether it signed in to this account before.
    pub(crate) fn knows(&self, key: &DeviceKey, account: AccountId) -> bool {
        key.is_mark(&self.id, account.as_bytes(), &self.mark)
    }
}

/// The header by which a browser is known the next time it signs in to this account.
pub(crate) fn remember(key: &DeviceKey, browser: [u8; 16], account: AccountId) -> (HeaderName, String) {
    let value = URL_SAFE_NO_PAD.encode([browser, key.mark(&browser, account.as_bytes())].concat());
    let cookie = format!("{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={LIFE_S}");
    (header::SET_COOKIE, cookie)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn named(agent: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, agent.parse().unwrap());
        device_name(&headers)
    }

    #[test]
    fn browsers_have_the_names_that_people_know() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(named(chrome), "Chrome on Linux");
        assert_eq!(named(&format!("{chrome} Edg/140.0")), "Edge on Linux");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1";
        assert_eq!(named(phone), "Safari on iPhone");
        assert_eq!(
            named("Mozilla/5.0 (Windows NT 10.0; rv:143.0) Gecko/20100101 Firefox/143.0"),
            "Firefox on Windows"
        );
        assert_eq!(named("curl/8.5"), "Another program");
        assert_eq!(device_name(&HeaderMap::new()), "Another program");
    }

    #[test]
    fn a_browser_is_known_for_the_account_that_it_signed_in_to() {
        let directory = tempfile::tempdir().unwrap();
        let key = DeviceKey::load_or_create(directory.path()).unwrap();
        let (ada, bo) = (AccountId::from_bytes([1; 16]), AccountId::from_bytes([2; 16]));
        let (_, cookie) = remember(&key, [7; 16], ada);
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.split(';').next().unwrap().parse().unwrap());
        let browser = Browser::of(&headers).unwrap();
        assert_eq!(browser.id, [7; 16]);
        assert!(browser.knows(&key, ada) && !browser.knows(&key, bo));
        for forged in ["", "x", "__Host-wardlight-device=", "__Host-wardlight-device=AAAA"] {
            headers.insert(header::COOKIE, forged.parse().unwrap());
            assert!(Browser::of(&headers).is_none(), "{forged}");
        }
        let forged = format!("{COOKIE}={}", URL_SAFE_NO_PAD.encode([7; 32]));
        headers.insert(header::COOKIE, forged.parse().unwrap());
        assert!(!Browser::of(&headers).unwrap().knows(&key, ada));
    }

    #[test]
    fn whatever_is_sent_the_name_is_one_of_ours_and_a_cookie_is_read_one_way() {
        use sha2::{Digest, Sha256};
        let directory = tempfile::tempdir().unwrap();
        let key = DeviceKey::load_or_create(directory.path()).unwrap();
        let ada = AccountId::from_bytes([1; 16]);
        let genuine = remember(&key, [7; 16], ada).1.split(';').next().unwrap().to_owned();
        let pieces: [&[u8]; 12] = [
            b"Edg",
            b"Safari/",
            b"Linux",
            b"iPhone",
            b" on ",
            b"<b>",
            b"\xff\xfe",
            b"; ",
            b"=",
            b"A",
            b"A",
            COOKIE.as_bytes(),
        ];
        let (browsers, systems) = (
            ["A browser", "Edge", "Opera", "Samsung Internet", "Firefox", "Chrome", "Safari"],
            ["Android", "iPhone", "iPad", "Windows", "ChromeOS", "macOS", "Linux"],
        );
        for seed in 0..20_000_u32 {
            let draws = Sha256::digest(seed.to_be_bytes());
            let mut sent = if draws[0] % 2 == 0 { Vec::new() } else { genuine.clone().into_bytes() };
            for draw in draws[1..].chunks_exact(3) {
                let at = usize::from(draw[0]) % (sent.len() + 1);
                match draw[2] % 4 {
                    0 => sent.truncate(sent.len().saturating_sub(1)),
                    1 if at < sent.len() => sent[at] = draw[1],
                    _ => {
                        drop(sent.splice(at..at, pieces[usize::from(draw[1]) % pieces.len()].iter().copied()))
                    }
                }
            }
            let Ok(value) = HeaderValue::from_bytes(&sent) else { continue };
            let headers =
                HeaderMap::from_iter([(header::USER_AGENT, value.clone()), (header::COOKIE, value)]);
            let name = device_name(&headers);
            let (browser, system) = name.split_once(" on ").unwrap_or((&name, systems[0]));
            let is_ours = browsers.contains(&browser) && systems.contains(&system);
            assert!(is_ours || name == "Another program", "{name} of seed {seed}");
            let Some(browser) = Browser::of(&headers) else { continue };
            let read = format!("{COOKIE}={}", URL_SAFE_NO_PAD.encode([browser.id, browser.mark].concat()));
            assert!(sent.windows(read.len()).any(|window| window == read.as_bytes()), "seed {seed}");
            assert_eq!(browser.knows(&key, ada), read == genuine, "seed {seed}");
        }
    }
}
