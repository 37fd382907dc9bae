//! Marks in words: no text panics or takes long, nothing is made up, and links lead to the web.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::marks::{HREFS_BYTES_MAX, SPANS_MAX, of_line};

fuzz_target!(|text: &str| {
    // A roll stands between any two texts.
    let texts: Vec<&str> = text.split('\0').take(11).collect();
    let parts = texts.iter().enumerate().flat_map(|(at, text)| [(at > 0).then_some(None), Some(Some(*text))]);
    let lists = of_line(parts.flatten());
    assert_eq!(lists.len(), texts.len());
    assert!(lists.iter().map(Vec::len).sum::<usize>() <= SPANS_MAX + texts.len());
    let hrefs = lists.iter().flatten().filter_map(|span| span.href.as_deref());
    assert!(hrefs.clone().map(str::len).sum::<usize>() <= HREFS_BYTES_MAX);
    assert!(hrefs.clone().all(|href| href.starts_with("https://") || href.starts_with("http://")));
    for (spans, typed) in lists.iter().zip(texts) {
        let mut rest = typed.chars();
        let shown = spans.iter().flat_map(|span| span.text.chars());
        assert!(shown.clone().all(|shown| rest.any(|typed| typed == shown)), "{typed:?} became {spans:?}");
    }
});
