//! The imports of a TypeScript or Svelte file, found without a parser.

/// One import, re-export or dynamic import.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Import {
    /// What stands between the quotes.
    pub(super) specifier: String,
    /// `import type`: gone once it is compiled.
    pub(super) type_only: bool,
    pub(super) line: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Lexeme {
    Word(String),
    Text(String),
    Mark(char),
}

/// The imports of a file; of a Svelte file only its scripts are read.
pub(super) fn imports(path: &str, text: &str) -> Vec<Import> {
    if !path.ends_with(".svelte") {
        return imports_of_script(text, 1);
    }
    let mut imports = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("<script") {
        let Some(start) = text[from + open..].find('>').map(|end| from + open + end + 1) else { break };
        let end = text[start..].find("</script").map_or(text.len(), |end| start + end);
        imports.extend(imports_of_script(&text[start..end], super::line_at(text, start)));
        from = end;
    }
    imports
}

fn imports_of_script(text: &str, first_line: usize) -> Vec<Import> {
    let lexemes = lexemes(text);
    let word =
        |at: usize, word: &str| matches!(lexemes.get(at), Some((_, Lexeme::Word(found))) if found == word);
    let mut imports = Vec::new();
    let mut type_only = false;
    for (at, (offset, lexeme)) in lexemes.iter().enumerate() {
        match lexeme {
            Lexeme::Word(name) if name == "import" || name == "export" => type_only = word(at + 1, "type"),
            Lexeme::Text(specifier) if at > 0 => {
                let called = lexemes[at - 1].1 == Lexeme::Mark('(') && at > 1 && word(at - 2, "import");
                if word(at - 1, "from") || word(at - 1, "import") || called {
                    let line = first_line + super::line_at(text, *offset) - 1;
                    imports.push(Import {
                        specifier: specifier.clone(),
                        type_only: type_only && !called,
                        line,
                    });
                }
            }
            Lexeme::Word(_) | Lexeme::Text(_) | Lexeme::Mark(_) => {}
        }
    }
    imports
}

fn lexemes(text: &str) -> Vec<(usize, Lexeme)> {
    let mut lexemes: Vec<(usize, Lexeme)> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or(rest.len(), |end| end + 4)
        } else if matches!(first, '"' | '\'' | '`') {
            let length = quoted_length(rest, first);
            let inner = rest[1..length].trim_end_matches(first);
            lexemes.push((at, Lexeme::Text(inner.to_owned())));
            length
        } else if first == '/' && opens_pattern(lexemes.last().map(|(_, lexeme)| lexeme)) {
            pattern_length(rest)
        } else if super::is_word(first) || first == '$' {
            let length = rest.find(|c: char| !super::is_word(c) && c != '$').unwrap_or(rest.len());
            lexemes.push((at, Lexeme::Word(rest[..length].to_owned())));
            length
        } else {
            if !first.is_whitespace() {
                lexemes.push((at, Lexeme::Mark(first)));
            }
            first.len_utf8()
        };
        at += length;
    }
    lexemes
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // Only a template goes on; a lone apostrophe must not swallow the imports below it.
            '\n' if quote != '`' => return at,
            character if character == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Whether a `/` after this begins a regular expression and not a division.
fn opens_pattern(before: Option<&Lexeme>) -> bool {
    match before {
        None => true,
        Some(Lexeme::Mark(mark)) => !matches!(mark, ')' | ']' | '}'),
        Some(Lexeme::Word(word)) => matches!(word.as_str(), "return" | "typeof" | "case" | "in" | "of"),
        Some(Lexeme::Text(_)) => false,
    }
}

fn pattern_length(rest: &str) -> usize {
    let (mut escaped, mut in_class) = (false, false);
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(path: &str, text: &str) -> Vec<String> {
        let describe = |import: Import| {
            let kind = if import.type_only { "type " } else { "" };
            format!("{kind}{}@{}", import.specifier, import.line)
        };
        imports(path, text).into_iter().map(describe).collect()
    }

    #[test]
    fn every_form_of_import_is_found() {
        let text = "import 'a';\nimport b from \"b\";\nimport { c,\n  d } from './c';\nexport * from '@/e';\n\
            import type { F } from 'f';\nexport type { G } from 'g';\nconst h = await import('h');\n\
            import { type I } from 'i';\nimport * as j from 'j';\n";
        assert_eq!(
            listed("x.ts", text),
            ["a@1", "b@2", "./c@4", "@/e@5", "type f@6", "type g@7", "h@8", "i@9", "j@10"]
        );
    }

    #[test]
    fn comments_strings_and_patterns_are_no_imports() {
        let text = "// import 'a'\n/* import 'b' */\nconst c = \"import 'c'\";\nconst d = `import 'd'`;\n\
            const e = /import 'e'[/'\"]/;\nArray.from('f');\nf = 1 / 2; import 'g';\n";
        assert_eq!(listed("x.ts", text), ["g@7"]);
    }

    #[test]
    fn broken_texts_end_without_harm() {
        for text in ["import '", "import 'a", "/* ", "`", "/[", "'\\", "import(", "import 'é", "<script"] {
            let _ = listed("x.ts", text);
            let _ = listed("x.svelte", text);
        }
    }

    #[test]
    fn only_the_scripts_of_a_component_are_read() {
        let text = "<script module lang=\"ts\">\n  import 'a';\n</script>\n<p>It's import 'b' from 'c'</p>\n\
            <script lang=\"ts\">import d from 'd';</script>\n<style>@import 'e';</style>\n";
        assert_eq!(listed("X.svelte", text), ["a@2", "d@5"]);
    }
}
