//! Marks of Markdown in what people wrote: bold, emphasis, strikethrough, code and links, as a flat list of [`Span`]s.
//!
//! What is shown is what was typed, without the signs of the marks that are allowed. So whatever is not understood or
//! not allowed (markup, pictures, headings, links to anything but the web) stays as it is, and nothing is made from it. It
//! refuses to know of HTML: there is none on either side of the wire.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag};
use url::Url;

use crate::server_frame::Span;

/// Spans that have marks or stand between marks, in one line of chat or one note; what follows them is as typed.
pub const SPANS_MAX: usize = 200;
/// Addresses of all links of a text together, in bytes; what follows the link that is too much is as typed.
pub const HREFS_BYTES_MAX: usize = 8_192;
/// A text that is longer, in bytes, is shown as typed. A line of chat is not, whatever its letters are.
pub const MARKED_BYTES_MAX: usize = 10_000;

/// Stands for a roll while a line is read.
const ROLL: char = '\u{fffc}';
/// What a backslash keeps from being a mark.
const ESCAPED: [char; 6] = ['*', '_', '~', '`', '[', ']'];

/// The spans of a line of chat: a list for each of its texts. `None` stands for a roll between them, around which marks
/// may reach.
pub fn of_line<'a>(parts: impl Iterator<Item = Option<&'a str>>) -> Vec<Vec<Span>> {
    let mut source = String::new();
    let mut texts = Vec::new();
    let mut rolls = Vec::new();
    for part in parts {
        let from = source.len();
        match part {
            Some(text) => {
                source.push_str(text);
                texts.push(from..source.len());
            }
            None => {
                source.push(ROLL);
                rolls.push(from..source.len());
            }
        }
    }
    let mut lists = vec![Vec::new(); texts.len()];
    if source.len() > MARKED_BYTES_MAX || !may_have_marks(&source) {
        for (list, text) in lists.iter_mut().zip(texts) {
            list.extend(source.get(text).filter(|text| !text.is_empty()).map(plain));
        }
        return lists;
    }
    let marks = marks(&source, &rolls);
    Sweep { source: &source, texts: &texts, lists: &mut lists, spans: 0, href_bytes: 0 }.run(marks);
    lists
}

/// The spans of a note; none if it has no marks and is read as typed.
pub fn of_note(text: &str) -> Vec<Span> {
    let spans = of_line(std::iter::once(Some(text))).pop().unwrap_or_default();
    if matches!(spans.as_slice(), [only] if *only == plain(text)) { Vec::new() } else { spans }
}

fn plain(text: &str) -> Span {
    Span { text: text.to_owned(), ..Span::default() }
}

/// Most of what is said has no marks, and is not parsed.
fn may_have_marks(source: &str) -> bool {
    source.contains(ESCAPED) || source.contains("://")
}

/// A mark with its signs and without them.
#[derive(Debug)]
struct Mark {
    kind: Kind,
    outer: Range<usize>,
    inner: Range<usize>,
}

#[derive(Debug)]
enum Kind {
    Strong,
    Emphasis,
    Struck,
    Code,
    Link(String),
    /// A backslash before a sign.
    Escape,
}

/// The marks of a text, each with its signs where they stand; what does not fit is none.
fn marks(source: &str, rolls: &[Range<usize>]) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut pictures = 0_u32;
    let mut text_ends = 0;
    // Of each open element, where its last child ends; a link's text ends there.
    let mut children = Vec::new();
    for (event, at) in Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                pictures += u32::from(matches!(tag, Tag::Image { .. }));
                children.push((pictures == 0).then_some((tag, at.start)));
                continue;
            }
            Event::End(end) => {
                pictures -= u32::from(matches!(end, pulldown_cmark::TagEnd::Image));
                if let Some(Some((tag, text_end))) = children.pop() {
                    marks.extend(mark(source, tag, at.clone(), text_end));
                }
            }
            Event::Code(_) if pictures == 0 => marks.extend(code(source, at.clone())),
            Event::Text(_) if pictures == 0 => {
                let before = at.start.wrapping_sub(1);
                let sign = source.get(at.start..).and_then(|rest| rest.chars().next());
                if before >= text_ends
                    && source.as_bytes().get(before) == Some(&b'\\')
                    && sign.is_some_and(|sign| ESCAPED.contains(&sign))
                {
                    marks.push(Mark {
                        kind: Kind::Escape,
                        outer: before..at.start,
                        inner: at.start..at.start,
                    });
                }
                text_ends = at.end;
            }
            _ => {}
        }
        if let Some(Some((_, text_end))) = children.last_mut() {
            *text_end = at.end.max(*text_end);
        }
    }
    marks.retain(|mark| !signs(mark).any(|sign| touches(rolls, &sign)));
    marks.sort_by_key(|mark| (mark.outer.start, std::cmp::Reverse(mark.outer.end)));
    let addresses = bare_addresses(source, &marks);
    let links: Vec<_> = addresses.iter().map(|mark| mark.outer.clone()).collect();
    marks.retain(|mark| !signs(mark).any(|sign| touches(&links, &sign)));
    marks.extend(addresses);
    marks
}

/// Where the signs of a mark stand.
fn signs(mark: &Mark) -> impl Iterator<Item = Range<usize>> {
    [mark.outer.start..mark.inner.start, mark.inner.end..mark.outer.end].into_iter()
}

/// Whether a place has something in common with one of many, which lie in order.
fn touches(many: &[Range<usize>], place: &Range<usize>) -> bool {
    let next = many.partition_point(|one| one.end <= place.start);
    many.get(next).is_some_and(|one| one.start < place.end)
}

fn mark(source: &str, tag: Tag<'_>, outer: Range<usize>, text_end: usize) -> Option<Mark> {
    let between = |kind, signs: &[&str]| {
        let typed = source.get(outer.clone())?;
        let sign = signs.iter().find(|sign| typed.starts_with(**sign) && typed.ends_with(**sign))?;
        let inner = outer.start + sign.len()..outer.end.checked_sub(sign.len())?;
        (inner.start < inner.end && !is_formula(source, &outer, sign)).then_some(Mark {
            kind,
            outer: outer.clone(),
            inner,
        })
    };
    match tag {
        Tag::Strong => between(Kind::Strong, &["**", "__"]),
        Tag::Emphasis => between(Kind::Emphasis, &["*", "_"]),
        Tag::Strikethrough => between(Kind::Struck, &["~~"]),
        Tag::Link { link_type, dest_url, .. } => link(source, link_type, &dest_url, outer, text_end),
        // What lines are made of stays as typed.
        _ => None,
    }
}

/// Whether asterisks stand between numbers, letters or rolls: whoever writes `2*3*4` calculates.
fn is_formula(source: &str, outer: &Range<usize>, sign: &str) -> bool {
    let is_operand = |character: char| character.is_alphanumeric() || character == ROLL;
    let before = source.get(..outer.start).and_then(|text| text.trim_end_matches('*').chars().next_back());
    let after = source.get(outer.end..).and_then(|text| text.trim_start_matches('*').chars().next());
    sign.starts_with('*') && before.is_some_and(is_operand) && after.is_some_and(is_operand)
}

fn code(source: &str, outer: Range<usize>) -> Option<Mark> {
    let typed = source.get(outer.clone())?;
    let ticks = typed.len() - typed.trim_start_matches('`').len();
    let mut inner = outer.start + ticks..outer.end.checked_sub(ticks)?;
    let words = source.get(inner.clone())?;
    // One space on both sides is for code that begins or ends with a tick.
    if words.starts_with(' ') && words.ends_with(' ') && !words.trim().is_empty() {
        inner = inner.start + 1..inner.end - 1;
    }
    (ticks > 0).then_some(Mark { kind: Kind::Code, outer, inner })
}

fn link(source: &str, kind: LinkType, target: &str, outer: Range<usize>, text_end: usize) -> Option<Mark> {
    let (inner, closes) = match kind {
        LinkType::Inline => (outer.start + 1..text_end, "]("),
        LinkType::Autolink => (outer.start + 1..outer.end.checked_sub(1)?, ">"),
        LinkType::Reference
        | LinkType::ReferenceUnknown
        | LinkType::Collapsed
        | LinkType::CollapsedUnknown
        | LinkType::Shortcut
        | LinkType::ShortcutUnknown
        | LinkType::Email
        | LinkType::WikiLink { .. } => return None,
    };
    let words = source.get(inner.clone())?;
    let href = web_address(target)?;
    if words.trim().is_empty() || !source.get(inner.end..outer.end)?.starts_with(closes) {
        return None;
    }
    // Words that look like an address of their own would lead elsewhere than they say.
    let looks_like_address = words.contains("://") || words.trim_start().starts_with("www.");
    let is_honest = !looks_like_address || web_address(words.trim()).as_ref() == Some(&href);
    is_honest.then_some(Mark { kind: Kind::Link(href), outer, inner })
}

/// An address of the web as a browser reads it: `https` or `http`, without credentials and without characters that show
/// nothing or steer direction.
fn web_address(text: &str) -> Option<String> {
    let is_odd = |character: char| {
        character.is_whitespace()
            || character.is_control()
            || matches!(character, '\\' | ROLL | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let url = Url::parse(text).ok().filter(|_| !text.contains(is_odd))?;
    let is_web = matches!(url.scheme(), "https" | "http") && url.has_host();
    (is_web && url.username().is_empty() && url.password().is_none()).then(|| url.into())
}

/// Addresses that stand in the text by themselves, outside of links and code.
fn bare_addresses(source: &str, marks: &[Mark]) -> Vec<Mark> {
    // Outermost ones: others lie within them.
    let mut taken: Vec<Range<usize>> = Vec::new();
    for mark in marks.iter().filter(|mark| matches!(mark.kind, Kind::Link(_) | Kind::Code)) {
        if taken.last().is_none_or(|last| last.end <= mark.outer.start) {
            taken.push(mark.outer.clone());
        }
    }
    let mut found = Vec::new();
    let mut looked_at = 0;
    for (colon, _) in source.match_indices("://") {
        let Some((before, rest)) = source.split_at_checked(colon) else { continue };
        let scheme = ["https", "http"].into_iter().find(|scheme| {
            let from = before.len().checked_sub(scheme.len());
            from.and_then(|from| before.get(from..)).is_some_and(|word| word.eq_ignore_ascii_case(scheme))
        });
        let Some(start) = scheme.map(|scheme| colon - scheme.len()) else { continue };
        let is_word =
            source.get(..start).and_then(|text| text.chars().next_back()).is_some_and(char::is_alphanumeric);
        if is_word || start < looked_at {
            continue;
        }
        let ends = |character: char| {
            character.is_whitespace() || matches!(character, '<' | '>' | '"' | '[' | ']' | '`' | '\\' | ROLL)
        };
        let length = rest.find(ends).unwrap_or(rest.len());
        looked_at = colon + length;
        let Some(typed) = source.get(start..colon + length).map(without_trailing_marks) else { continue };
        let outer = start..start + typed.len();
        if let Some(href) = web_address(typed).filter(|_| !touches(&taken, &outer)) {
            found.push(Mark { kind: Kind::Link(href), inner: outer.clone(), outer });
        }
    }
    found
}

/// An address without the signs of the sentence around it.
fn without_trailing_marks(typed: &str) -> &str {
    let is_sign = |character: char| {
        matches!(character, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '…' | '*' | '_' | '~')
    };
    let trimmed = typed.trim_end_matches(is_sign);
    match trimmed.strip_suffix(')') {
        Some(open) if !trimmed.contains('(') => open.trim_end_matches(is_sign),
        Some(_) | None => trimmed,
    }
}

/// Goes through a text once and cuts it where something begins or ends.
struct Sweep<'a> {
    source: &'a str,
    texts: &'a [Range<usize>],
    lists: &'a mut [Vec<Span>],
    spans: usize,
    href_bytes: usize,
}

#[derive(Clone, Copy)]
enum Turn {
    Begins,
    Ends,
}

/// Which marks are open; those of one kind may lie within each other.
#[derive(Default)]
struct Open<'a> {
    strong: u32,
    emphasis: u32,
    struck: u32,
    code: u32,
    /// Signs, which are not shown.
    signs: u32,
    href: Option<&'a str>,
}

impl<'a> Open<'a> {
    fn turn(&mut self, turn: Turn, kind: &'a Kind) {
        let count = match kind {
            Kind::Strong => &mut self.strong,
            Kind::Emphasis => &mut self.emphasis,
            Kind::Struck => &mut self.struck,
            Kind::Code => &mut self.code,
            Kind::Escape => return,
            Kind::Link(href) => {
                self.href = match turn {
                    Turn::Begins => Some(href),
                    Turn::Ends => None,
                };
                return;
            }
        };
        step(count, turn);
    }

    fn looks_like(&self, span: &Span) -> bool {
        let Self { strong, emphasis, struck, code, signs: _, href } = self;
        let counts = [strong, emphasis, struck, code].map(|count| *count > 0);
        counts == [span.strong, span.emphasis, span.struck, span.code] && *href == span.href.as_deref()
    }

    fn span(&self, text: &str) -> Span {
        Span {
            text: text.to_owned(),
            strong: self.strong > 0,
            emphasis: self.emphasis > 0,
            struck: self.struck > 0,
            code: self.code > 0,
            href: self.href.map(str::to_owned),
        }
    }
}

fn step(count: &mut u32, turn: Turn) {
    *count = match turn {
        Turn::Begins => count.saturating_add(1),
        Turn::Ends => count.saturating_sub(1),
    };
}

impl Sweep<'_> {
    fn run(mut self, marks: Vec<Mark>) {
        let mut edges = Vec::with_capacity(marks.len() * 4);
        for mark in &marks {
            edges.push((mark.outer.start, Turn::Begins, None));
            edges.push((mark.inner.start, Turn::Ends, None));
            edges.push((mark.inner.start, Turn::Begins, Some(&mark.kind)));
            edges.push((mark.inner.end, Turn::Ends, Some(&mark.kind)));
            edges.push((mark.inner.end, Turn::Begins, None));
            edges.push((mark.outer.end, Turn::Ends, None));
        }
        // Stable: of one mark, what ends at a place was begun before.
        edges.sort_by_key(|(place, _, _)| *place);
        let mut open = Open::default();
        let mut from = 0;
        for (place, turn, kind) in edges {
            if place > from {
                if open.signs == 0 && !self.emit(from..place, &open) {
                    break;
                }
                from = place;
            }
            match kind {
                None => step(&mut open.signs, turn),
                Some(kind) => open.turn(turn, kind),
            }
        }
        self.rest(from);
    }

    /// Adds a piece of the text; false if it would be too much.
    fn emit(&mut self, piece: Range<usize>, open: &Open<'_>) -> bool {
        self.href_bytes += open.href.map_or(0, str::len);
        let fits = self.spans < SPANS_MAX && self.href_bytes <= HREFS_BYTES_MAX;
        if fits {
            self.add(piece, open);
        }
        fits
    }

    /// What follows the last mark, or what is too much: as typed.
    fn rest(&mut self, from: usize) {
        self.add(from..self.source.len(), &Open::default());
    }

    /// Rolls cut the piece; what looks like what stands before it becomes one span with it.
    fn add(&mut self, piece: Range<usize>, open: &Open<'_>) {
        let first = self.texts.partition_point(|text| text.end <= piece.start);
        for (text, list) in self.texts.iter().zip(self.lists.iter_mut()).skip(first) {
            if text.start >= piece.end {
                break;
            }
            let words = self.source.get(text.start.max(piece.start)..text.end.min(piece.end));
            let Some(words) = words.filter(|words| !words.is_empty()) else { continue };
            match list.last_mut().filter(|last| open.looks_like(last)) {
                Some(last) => last.text.push_str(words),
                None => {
                    self.spans += 1;
                    list.push(open.span(words));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans(text: &str) -> Vec<Span> {
        of_line(std::iter::once(Some(text))).remove(0)
    }

    /// Spans in signs of their own: `{b e s c|words|address}`, plain ones as they are.
    fn told(spans: &[Span]) -> String {
        let one = |span: &Span| {
            let looks = [(span.strong, 'b'), (span.emphasis, 'e'), (span.struck, 's'), (span.code, 'c')];
            let look: String = looks.iter().filter(|(is, _)| *is).map(|(_, sign)| sign).collect();
            match &span.href {
                Some(href) => format!("{{{look}|{}|{href}}}", span.text),
                None if look.is_empty() => span.text.clone(),
                None => format!("{{{look}|{}}}", span.text),
            }
        };
        spans.iter().map(one).collect()
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(told(&spans(text)), expected, "{text:?}");
    }

    fn as_typed(text: &str) {
        assert_eq!(spans(text), [plain(text)], "{text:?}");
        assert_eq!(of_note(text), [], "{text:?}");
    }

    #[test]
    fn marks_become_spans() {
        check("a **bold** word", "a {b|bold} word");
        check("*soft* and _soft_, __loud__", "{e|soft} and {e|soft}, {b|loud}");
        check("***both***", "{be|both}");
        check("**a *b* c**", "{b|a }{be|b}{b| c}");
        check("~~gone~~", "{s|gone}");
        check("`a*b*` and `` ` ``", "{c|a*b*} and {c|`}");
        check("**one\ntwo**\nthree", "{b|one\ntwo}\nthree");
        check("# **loud** heading\n> *said*\n- `one`", "# {b|loud} heading\n> {e|said}\n- {c|one}");
        check("\\*typed\\* and \\`this\\`", "*typed* and `this`");
    }

    #[test]
    fn links_lead_to_the_web_alone() {
        check("[map](https://a.example/x)", "{|map|https://a.example/x}");
        check("[a **b**](http://a.example 'title')", "{|a |http://a.example/}{b|b|http://a.example/}");
        check("<https://a.example>", "{|https://a.example|https://a.example/}");
        for target in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "&#106;avascript:alert(1)",
            "java&Tab;script:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "//evil.example",
            "/account",
            "mailto:a@b.example",
            "https:",
            "https://user@evil.example",
            "https://a.example:pw@evil.example",
            "https://a.example\\\\@evil.example",
            "<https://a.example/\u{202e}x>",
            "https://a.example/&#10;x",
            "https://a.example/&#x202e;x",
        ] {
            let text = format!("[x]({target})");
            assert!(
                spans(&text).iter().all(|span| span
                    .href
                    .as_deref()
                    .is_none_or(|href| href.starts_with("https://a.example/"))),
                "{text}"
            );
            assert_eq!(spans(&text).iter().map(|span| span.text.as_str()).collect::<String>(), text);
        }
        as_typed("[x](javascript:alert(1))");
        as_typed("[x](data:text/html,x)");
        as_typed("<javascript:alert(1)>");
        as_typed("[](https://)");
        as_typed("[x][y]\n\n[y]: javascript:alert(1)");
    }

    #[test]
    fn a_link_does_not_say_that_it_leads_elsewhere() {
        check("[https://a.example/](https://a.example)", "{|https://a.example/|https://a.example/}");
        check(
            "[https://bank.example](https://evil.example)",
            "[{|https://bank.example|https://bank.example/}]({|https://evil.example|https://evil.example/})",
        );
        check("[a](https://b\u{430}nk.example)", "{|a|https://xn--bnk-6cd.example/}");
    }

    #[test]
    fn addresses_are_found_between_words_without_the_full_stop() {
        check(
            "see https://a.example/x?y=1. Or not",
            "see {|https://a.example/x?y=1|https://a.example/x?y=1}. Or not",
        );
        check("(http://a.example)", "({|http://a.example|http://a.example/})");
        check("https://a.example/b_(c)", "{|https://a.example/b_(c)|https://a.example/b_(c)}");
        check("**https://a.example/a_b_c**!", "{b|https://a.example/a_b_c|https://a.example/a_b_c}!");
        check("https://a.example/*x*/y", "{|https://a.example/*x*/y|https://a.example/*x*/y}");
        check("`https://a.example`", "{c|https://a.example}");
        for text in [
            "javascript://a.example",
            "ftp://a.example",
            "https://",
            "xhttps://a.example",
            "https://a@b.example",
        ] {
            as_typed(text);
        }
    }

    #[test]
    fn what_is_no_mark_is_read_as_typed() {
        for text in [
            "2 * 3 * 4",
            "2*3*4",
            "2**3**4",
            "snake_case_name",
            "* * *",
            "a ~ b ~~ c",
            "~one~",
            "**open",
            "x ` y",
            "# heading\n\n---\n> quote\n1. one\n    code\n| a | b |\n|---|---|",
            "```\n*code*\n```",
            "&lt;b&gt; &amp; &#42;x&#42;",
            "C:\\dir\\(x) \\# \\\\",
            "",
            " \n ",
            "\r\n*",
            "a  \nb\\\nc",
        ] {
            assert_eq!(told(&spans(text)), text, "{text:?}");
        }
    }

    #[test]
    fn markup_and_pictures_stay_as_typed() {
        for text in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<b>x</b>",
            "<!-- x -->",
            "<![CDATA[x]]>",
            "<?php x ?>",
            "a <svg/onload=alert(1)> b",
            "![x](x\"onerror=\"alert(1))",
            "![**x**](y)",
            "![*x*][y]\n\n[y]: z",
        ] {
            as_typed(text);
        }
        check("![x](https://evil.example)", "![x]({|https://evil.example|https://evil.example/})");
        check("<p>\n\n**x**", "<p>\n\n{b|x}");
    }

    #[test]
    fn marks_reach_around_rolls() {
        let line = |parts: &[Option<&str>]| -> Vec<String> {
            of_line(parts.iter().copied()).iter().map(|spans| told(spans)).collect()
        };
        assert_eq!(
            line(&[Some("**You deal "), None, Some(" damage** now")]),
            ["{b|You deal }", "{b| damage} now"]
        );
        assert_eq!(line(&[Some("2*"), None, Some("*3")]), ["2*", "*3"]);
        assert_eq!(line(&[None, Some(" *x*"), None]), [" {e|x}"]);
        assert_eq!(
            line(&[Some("[x](https://a.example/"), None, Some(")")]),
            ["[x]({|https://a.example/|https://a.example/}", ")"]
        );
        assert_eq!(line(&[None]), [""; 0]);
    }

    #[test]
    fn spans_and_addresses_have_a_limit_and_the_rest_is_as_typed() {
        let many = |count: usize| "*a* ".repeat(count);
        assert_eq!(spans(&many(SPANS_MAX / 2)).len(), SPANS_MAX);
        let over = spans(&many(SPANS_MAX / 2 + 5));
        assert_eq!(over.len(), SPANS_MAX);
        assert!(over.last().is_some_and(|last| last.text.ends_with("*a* *a* ")), "{over:?}");
        let address = format!("https://a.example/{}", "x".repeat(HREFS_BYTES_MAX / 4 - 18));
        let link = format!("[{}](", "*a* b ".repeat(50)) + &address + ")";
        let hrefs = |spans: &[Span]| {
            spans.iter().filter_map(|span| span.href.as_deref()).map(str::len).sum::<usize>()
        };
        assert_eq!(hrefs(&spans(&link)), HREFS_BYTES_MAX);
        let long = "*a*".to_owned() + &" ".repeat(MARKED_BYTES_MAX - 3);
        assert_eq!(spans(&long).len(), 2);
        as_typed(&(long + " "));
    }

    #[test]
    fn deep_and_endless_texts_are_taken_as_they_come() {
        let deep = |open: &str, close: &str, depth: usize| open.repeat(depth) + "x" + &close.repeat(depth);
        for (open, close) in [
            ("*", "*"),
            ("**", "**"),
            ("_", "_"),
            ("~~", "~~"),
            ("[", "](https://a.example)"),
            ("> ", ""),
            ("- ", ""),
            ("<", ">"),
            ("![", "](x)"),
            ("`", "`"),
        ] {
            let most = (MARKED_BYTES_MAX - 1) / (open.len() + close.len());
            for depth in [most, 10_000] {
                let text = deep(open, close, depth);
                let spans = spans(&text);
                assert!(
                    spans.len() <= SPANS_MAX + 1 && spans.iter().any(|span| span.text.contains('x')),
                    "{open}"
                );
            }
        }
        for piece in [
            "*a ",
            "**a *",
            "[a](",
            "`a ``",
            "<a ",
            "\\",
            "https://a@",
            "[a]: b\n",
            "&#",
            "~~ ~",
            "![[a](b)",
            "a**b",
        ] {
            let text = piece.repeat(MARKED_BYTES_MAX / piece.len());
            assert!(spans(&text).len() <= SPANS_MAX + 1, "{piece}");
        }
    }

    /// Whether `shown` is `typed` with nothing but signs of marks taken out.
    fn lacks_signs_alone(typed: &str, shown: &str) -> bool {
        let mut rest = shown.chars().peekable();
        let lost: String = typed.chars().filter(|typed| rest.next_if_eq(typed).is_none()).collect();
        rest.next().is_none() && (lost.is_empty() || typed.contains(['*', '_', '~', '`', '[', '<', '\\']))
    }

    proptest! {
        #[test]
        fn nothing_typed_is_lost_and_nothing_is_made_up(text in "([*_~`<>()!\\[\\]\\\\#: a1é\n\u{202e}]|\\*\\*|~~|https://a\\.b|\\]\\(https://a\\.b\\)|javascript:){0,40}") {
            let spans = spans(&text);
            let shown: String = spans.iter().map(|span| span.text.as_str()).collect();
            prop_assert!(lacks_signs_alone(&text, &shown), "{:?} became {:?}", text, shown);
            prop_assert_eq!(shown.is_empty(), text.is_empty());
            prop_assert!(spans.iter().all(|span| !span.text.is_empty()));
            prop_assert!(spans.iter().filter_map(|span| span.href.as_deref()).all(|href| href.starts_with("https://a")));
        }

        #[test]
        fn text_without_marks_is_one_span(text in "[a-zA-Z0-9 .,!?()<>é\u{202e}\n]{1,60}") {
            prop_assert_eq!(spans(&text), [plain(&text)]);
        }
    }
}
